package dev.finetide.embedded;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Runs real PostgreSQL as a child process on loopback. Other users of the machine cannot connect:
/// every role has a password, in the file [#passwordFile]. Committed data stays in the directory, also
/// after `kill -9`. If root starts the server, it runs under another account, see [PostgresAccount].
public final class EmbeddedPostgres implements EmbeddedPart {

    private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private static final Path NOTHING = Path.of("/dev/null");

    /// Line of `postmaster.pid` that contains `ready` when the server accepts connections.
    private static final int STATUS_LINE = 7;

    private final Path data;
    private final int port;
    private final Path log;
    private final Path cache;
    private final ProcessGuard guard;
    private PostgresAccount account;
    private PostgresRoles roles;
    private String fsync = "fsync=on";
    private Optional<PostgresTls> tls = Optional.empty();
    private volatile ChildProcess child;

    /// @param directory directory for the database only; created if missing
    /// @param cache     directory to unpack the programs into, see [#userCache]
    public EmbeddedPostgres(Path directory, int port, Path log, Path cache, ProcessGuard guard) {
        this.data = directory.toAbsolutePath();
        this.port = port;
        this.log = log;
        this.cache = cache;
        this.guard = guard;
        this.roles = new PostgresRoles(data.resolveSibling(data.getFileName() + ".pgpass"), List.of());
    }

    /// Makes a role for each service, beside the superuser: it owns the schema of the same name, and no
    /// other.
    public EmbeddedPostgres withRoles(List<String> services) {
        roles = roles.with(services);
        return this;
    }

    /// Makes the server run under the account `as` instead of the one that [PostgresAccount#find] returns.
    EmbeddedPostgres runAs(PostgresAccount as) {
        account = as;
        return this;
    }

    /// Makes the server speak TLS and take no connection without.
    ///
    /// @param certificate PEM file with the server's certificate
    /// @param key         PEM file with its private key; mode 0600
    /// @param clients     PEM file with the authority of the certificates that clients need; empty: none
    public EmbeddedPostgres withTls(Path certificate, Path key, Optional<Path> clients) {
        tls = Optional.of(new PostgresTls(certificate, key, clients));
        return this;
    }

    /// Turns fsync off, for data that need not survive a crash of the machine. A commit survives
    /// `kill -9`, but no power cut.
    public EmbeddedPostgres withoutFsync() {
        fsync = "fsync=off";
        return this;
    }

    /// Returns the directory into which programs are unpacked once per user: `$FINETIDE_CACHE`, or
    /// `~/.finetide/cache`.
    public static Path userCache() {
        return Optional.ofNullable(System.getenv("FINETIDE_CACHE"))
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".finetide", "cache"));
    }

    /// Returns a JDBC URL for the tables in `schema`, without user and password.
    public String jdbcUrl(String schema) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?currentSchema=" + schema;
    }

    /// Returns the password of `postgres` or of a role of [#withRoles]. Makes the password file if
    /// there is none.
    public synchronized String password(String role) throws IOException {
        if (!roles.isComplete()) {
            Files.createDirectories(data.getParent());
            roles.completeFile();
            Files.deleteIfExists(accessRules());
        }
        return roles.password(role);
    }

    /// Returns the file with all passwords, as `PGPASSFILE` names it to psql; mode 0600.
    public Path passwordFile() {
        return roles.file();
    }

    /// Starts the server and returns when it accepts connections. After a restart, the server has all its data.
    ///
    /// @throws StartFailedException if the server ends before that, or takes too long; its log says why
    @Override
    public synchronized ChildProcess start() throws IOException, InterruptedException {
        PostgresBinaries binaries = PostgresBinaries.in(cache);
        Files.createDirectories(log.toAbsolutePath().getParent());
        if (!Files.exists(data.resolve("PG_VERSION"))) {
            initialise(binaries);
        }
        endOrphan(binaries);
        close(binaries);
        List<String> command = account().command(binaries.program("postgres").toString(), arguments());
        child = ChildProcess.start(
                new ChildProcess.Launch("postgres", command, Map.of(), log, false, "INT", STOP_TIMEOUT), guard);
        awaitReady();
        return child;
    }

    private List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "-D",
                data.toString(),
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "shared_buffers=64MB",
                "-c",
                fsync));
        tls.ifPresent(files -> arguments.addAll(files.arguments()));
        return arguments;
    }

    private PostgresAccount account() throws IOException, InterruptedException {
        if (account == null) {
            account = PostgresAccount.find();
        }
        return account;
    }

    /// Creates the database in a temporary directory, because an incomplete database looks like a complete one.
    private void initialise(PostgresBinaries binaries) throws IOException, InterruptedException {
        Path aside = data.resolveSibling(data.getFileName() + ".new");
        DirectoryTree.delete(aside);
        Files.createDirectories(data.getParent());
        // Flushing an empty database takes up to 30 s on a busy disk.
        run(
                binaries,
                NOTHING,
                "initdb",
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF-8",
                "--no-locale",
                "--no-sync",
                "-D",
                aside.toString());
        Files.move(aside, data, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Gives the roles their passwords and closes the database to everybody else. The server is not
    /// running. The access rules are written last, so that a start that was cut off is done again.
    private void close(PostgresBinaries binaries) throws IOException, InterruptedException {
        String rules = tls.map(files -> files.closed(roles.accessRules())).orElseGet(roles::accessRules);
        boolean known = roles.isComplete();
        if (known
                && Files.exists(accessRules())
                && Files.readString(accessRules()).equals(rules)) {
            return;
        }
        if (!known) {
            roles.completeFile();
        }
        Path statements = roles.file().resolveSibling(roles.file().getFileName() + ".sql");
        try {
            SecretFile.write(statements, roles.statements());
            // A server for one user and no network: nobody can connect before there are passwords.
            run(
                    binaries,
                    statements,
                    "postgres",
                    "--single",
                    "-c",
                    "exit_on_error=on",
                    "-c",
                    fsync,
                    "-D",
                    data.toString(),
                    "postgres");
        } finally {
            Files.deleteIfExists(statements);
        }
        SecretFile.write(accessRules(), rules);
    }

    private Path accessRules() {
        return data.resolve("pg_hba.conf");
    }

    /// Ends a server that lost its parent and still uses the directory. Deletes a pid file whose pid now belongs to
    /// another process, because the new server would refuse to start.
    private void endOrphan(PostgresBinaries binaries) throws IOException, InterruptedException {
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        long pid = Long.parseLong(Files.readAllLines(pidFile).getFirst().strip());
        boolean postgres = ProcessHandle.of(pid)
                .flatMap(process -> process.info().command())
                .filter(command -> command.endsWith("postgres"))
                .isPresent();
        if (postgres) {
            run(binaries, NOTHING, "pg_ctl", "stop", "-m", "fast", "-w", "-t", "20", "-D", data.toString());
        } else {
            Files.deleteIfExists(pidFile);
        }
    }

    private void awaitReady() throws IOException, InterruptedException {
        Stopwatch waited = Stopwatch.start();
        while (!isReady()) {
            if (!child.isAlive()) {
                throw new StartFailedException("postgres ended before it was ready; see " + log);
            }
            if (waited.hasPassed(START_TIMEOUT)) {
                child.stop();
                throw new StartFailedException("postgres was not ready after " + START_TIMEOUT + "; see " + log);
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private boolean isReady() throws IOException {
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return false;
        }
        List<String> lines = Files.readAllLines(pidFile);
        return lines.size() > STATUS_LINE
                && lines.getFirst().strip().equals(Long.toString(child.pid()))
                && lines.get(STATUS_LINE).strip().equals("ready");
    }

    private void run(PostgresBinaries binaries, Path input, String program, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = account().command(binaries.program(program).toString(), List.of(arguments));
        int status = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()))
                .redirectInput(Redirect.from(input.toFile()))
                .start()
                .waitFor();
        if (status != 0) {
            throw new StartFailedException("postgres: " + program + " ended with status " + status + "; see " + log);
        }
    }

    @Override
    public Optional<ChildProcess> process() {
        return Optional.ofNullable(child);
    }

    /// Stops the server with all data written. Open connections are cut, and a start in progress fails.
    @Override
    public void close() {
        ChildProcess running = child;
        if (running != null) {
            running.stop();
        }
    }
}
