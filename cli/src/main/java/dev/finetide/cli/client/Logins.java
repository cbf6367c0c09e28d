package dev.finetide.cli.client;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import dev.finetide.embedded.SecretFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The user's logins, one for each issuer, in a file of mode 0600. The newest is the one that is used. Several
/// commands at once renew a token once: most servers take a refresh token only once.
public final class Logins {
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
    private static final Object ONE_AT_A_TIME = new Object();

    private record Content(List<Login> logins) {}

    private final Path file;

    public Logins(Path file) {
        this.file = file;
    }

    /// Returns the logins of the user who runs this process: `$XDG_CONFIG_HOME/finetide/login.json`, or the same below
    /// `~/.config`.
    public static Logins ofUser() {
        String configuration = System.getenv().getOrDefault("XDG_CONFIG_HOME", "");
        Path folder =
                configuration.isBlank() ? Path.of(System.getProperty("user.home"), ".config") : Path.of(configuration);
        return new Logins(folder.resolve("finetide").resolve("login.json"));
    }

    /// Returns all logins, the newest last.
    ///
    /// @throws IOException if the file cannot be read, or others may read it
    public List<Login> all() throws IOException {
        try {
            Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
            if (!OWNER.containsAll(rights)) {
                throw new IOException(file + " has mode " + PosixFilePermissions.toString(rights)
                        + ", expected rw-------: other users may have read your tokens; delete it, and log in again");
            }
            Content content = GSON.fromJson(Files.readString(file), Content.class);
            return content == null || content.logins() == null ? List.of() : content.logins();
        } catch (NoSuchFileException nobody) {
            return List.of();
        } catch (JsonParseException broken) {
            throw new IOException(file + " is not readable as JSON; delete it, and log in again", broken);
        }
    }

    /// Returns the login that is used; empty if there is none.
    public Optional<Login> current() throws IOException {
        List<Login> all = all();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /// Keeps a login, which is the one that is used from now on.
    public void keep(Login login) throws IOException {
        change(logins -> {
            List<Login> all = new ArrayList<>(without(logins, login.issuer()));
            all.add(login);
            return all;
        });
    }

    /// Forgets a login.
    public void forget(String issuer) throws IOException {
        change(logins -> without(logins, issuer));
    }

    private static List<Login> without(List<Login> logins, String issuer) {
        return logins.stream().filter(login -> !login.issuer().equals(issuer)).toList();
    }

    /// Returns the current login's token, which is renewed before it expires.
    ///
    /// @throws IOException if nobody has logged in, or the login is over; the message has no token
    public String token() throws IOException {
        Login known = current().orElseThrow(() -> new IOException("you have not logged in (finetide login)"));
        return (known.isNearItsEnd(Instant.now()) ? renewed(known.issuer()) : known).token();
    }

    private Login renewed(String issuer) throws IOException {
        List<Login> kept = change(logins -> {
            List<Login> all = new ArrayList<>();
            for (Login login : logins) {
                boolean isDue = login.issuer().equals(issuer) && login.isNearItsEnd(Instant.now());
                all.add(isDue ? LoginRenewal.of(login) : login);
            }
            return all;
        });
        return kept.stream()
                .filter(login -> login.issuer().equals(issuer))
                .findFirst()
                .orElseThrow(() -> new IOException("you have logged out of " + issuer));
    }

    /// Changes the logins while no other process of this user does.
    private List<Login> change(IoOperator change) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
            SecretFile.close(folder);
        }
        synchronized (ONE_AT_A_TIME) {
            try (FileChannel channel = FileChannel.open(
                            folder.resolve("login.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                List<Login> before = all();
                List<Login> after = change.apply(before);
                if (lock.isValid() && !after.equals(before)) {
                    SecretFile.write(file, GSON.toJson(new Content(after)) + "\n");
                }
                return after;
            }
        }
    }

    /// A change that may fail.
    private interface IoOperator {
        List<Login> apply(List<Login> logins) throws IOException;
    }
}
