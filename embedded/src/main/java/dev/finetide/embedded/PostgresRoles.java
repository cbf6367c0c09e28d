package dev.finetide.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Roles of the embedded database with their passwords: the superuser `postgres`, and for each service
/// a role that owns the schema of the same name and may do nothing else. Passwords stand in a password
/// file of libpq (`PGPASSFILE` of psql and pg_dump).
final class PostgresRoles {
    static final String SUPERUSER = "postgres";
    private static final String ANY_SERVER = "*:*:*:";
    private static final Pattern ROLE = Pattern.compile("[a-z][a-z0-9_]{0,30}");

    private final Path file;
    private final List<String> services;

    /// @param file     the password file
    /// @param services roles that own a schema: lower-case letters, digits and `_`
    PostgresRoles(Path file, List<String> services) {
        services.forEach(PostgresRoles::requireName);
        this.file = file;
        this.services = List.copyOf(services);
    }

    private static void requireName(String role) {
        if (!ROLE.matcher(role).matches() || role.equals(SUPERUSER)) {
            throw new IllegalArgumentException("role " + role + ": expected " + ROLE.pattern() + ", but not postgres");
        }
    }

    PostgresRoles with(List<String> others) {
        return new PostgresRoles(file, others);
    }

    Path file() {
        return file;
    }

    /// Returns whether the file has a password for every role.
    boolean isComplete() throws IOException {
        return Files.exists(file) && read().keySet().containsAll(names());
    }

    /// @throws StartFailedException if the file has no password of this role
    String password(String role) throws IOException {
        String password = read().get(role);
        if (password == null) {
            throw new StartFailedException(file + " has no password of " + role);
        }
        return password;
    }

    /// Writes the file, with new passwords for roles that have none.
    void completeFile() throws IOException {
        Map<String, String> passwords = Files.exists(file) ? read() : new LinkedHashMap<>();
        names().forEach(role -> passwords.computeIfAbsent(role, _ -> SecretFile.newPassword()));
        StringBuilder lines = new StringBuilder();
        passwords.forEach((role, password) -> lines.append(ANY_SERVER)
                .append(role)
                .append(':')
                .append(password)
                .append('\n'));
        SecretFile.write(file, lines.toString());
    }

    private List<String> names() {
        List<String> names = new ArrayList<>(List.of(SUPERUSER));
        names.addAll(services);
        return names;
    }

    private Map<String, String> read() throws IOException {
        Map<String, String> passwords = new LinkedHashMap<>();
        SecretFile.read(file)
                .lines()
                .filter(line -> line.startsWith(ANY_SERVER))
                .map(line -> line.substring(ANY_SERVER.length()).split(":", 2))
                .filter(parts -> parts.length == 2)
                .forEach(parts -> passwords.put(parts[0], parts[1]));
        return passwords;
    }

    /// Returns the statements that give every role its password and its rights, one a line. They can be
    /// repeated, and they hand over schemas that an earlier version made as `postgres`.
    String statements() throws IOException {
        StringBuilder sql = new StringBuilder();
        sql.append("alter role postgres password '%s'\n".formatted(password(SUPERUSER)));
        sql.append("revoke all on database postgres from public\n");
        for (String service : services) {
            sql.append(("do $$ begin if not exists (select from pg_roles where rolname = '%1$s') then"
                            + " create role %1$s; end if; end $$\n")
                    .formatted(service));
            sql.append("alter role %s login nosuperuser nocreatedb nocreaterole password '%s'\n"
                    .formatted(service, password(service)));
            sql.append("grant connect, temporary on database postgres to %s\n".formatted(service));
            sql.append("create schema if not exists %1$s authorization %1$s\n".formatted(service));
            sql.append("alter schema %1$s owner to %1$s\n".formatted(service));
            sql.append(("do $$ declare t record; begin for t in select relname from pg_class where relnamespace ="
                            + " '%1$s'::regnamespace and relkind in ('r', 'p', 'v', 'm') loop"
                            + " execute format('alter table %1$s.%%I owner to %1$s', t.relname); end loop; end $$\n")
                    .formatted(service));
            sql.append(("do $$ declare f record; begin for f in select oid::regprocedure as name from pg_proc where"
                            + " pronamespace = '%1$s'::regnamespace loop"
                            + " execute format('alter routine %%s owner to %1$s', f.name); end loop; end $$\n")
                    .formatted(service));
        }
        return sql.toString();
    }

    /// Returns the rules of `pg_hba.conf`: only the known roles, only from this machine, only by
    /// password (SCRAM).
    String accessRules() {
        return "# Written by Finetide at every start. Passwords: " + file.getFileName() + "\n" + "host postgres "
                + String.join(",", names()) + " 127.0.0.1/32 scram-sha-256\n";
    }
}
