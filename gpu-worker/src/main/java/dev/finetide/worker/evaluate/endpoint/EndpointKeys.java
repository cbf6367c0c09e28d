package dev.finetide.worker.evaluate.endpoint;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The keys of endpoints: a directory with two files for each, `NAME` with the key and `NAME.hosts` with
/// the hosts that may get it, one a line. No key is ever a part of a message.
///
/// @param directory directory of the files; empty where this machine has none
public record EndpointKeys(Optional<Path> directory) {
    /// Variable that names the directory to workers.
    public static final String VARIABLE = "FINETIDE_KEYS";

    private static final String HOSTS = ".hosts";
    private static final long LARGEST = 8 << 10;

    /// Returns the keys of the directory that the environment names.
    public static EndpointKeys ofEnvironment() {
        return new EndpointKeys(Optional.ofNullable(System.getenv(VARIABLE))
                .filter(name -> !name.isBlank())
                .map(Path::of));
    }

    /// Reads a key for an address.
    ///
    /// @throws IllegalArgumentException naming the file when it is missing, or holds no key, or when the
    ///     key is not one for the address's host
    String read(String name, URI address) {
        Path folder = directory.orElseThrow(() -> new IllegalArgumentException(
                "key " + name + ": the workers have no directory of keys (" + VARIABLE + ")"));
        Path file = folder.resolve(name).normalize();
        if (!file.startsWith(folder.normalize()) || name.endsWith(HOSTS)) {
            throw new IllegalArgumentException("key " + name + ": expected the name of a file with a key");
        }
        String key = text(
                        file,
                        name,
                        "key " + name + ": no file of that name can be read in the workers' directory of keys")
                .strip();
        if (key.isEmpty() || !key.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException(
                    "key " + name + ": expected one line of visible ASCII characters in the file");
        }
        requireHost(folder.resolve(name + HOSTS), name, address);
        return key;
    }

    /// Refuses a key at a host that is not one of the key's: whoever writes an address must not be able to
    /// send any key there.
    private static void requireHost(Path file, String name, URI address) {
        String host = String.valueOf(address.getHost()).toLowerCase(Locale.ROOT);
        List<String> hosts = text(
                        file,
                        name + HOSTS,
                        "key " + name + ": the file " + name + HOSTS
                                + " is missing beside it, which names the hosts that" + " may get the key, one a line; "
                                + host + " would be one")
                .lines()
                .map(line -> line.strip().toLowerCase(Locale.ROOT))
                .toList();
        if (!hosts.contains(host) && !hosts.contains(host + ":" + address.getPort())) {
            throw new IllegalArgumentException(
                    "key " + name + ": its file " + name + HOSTS + " does not name the host " + host);
        }
    }

    private static String text(Path file, String name, String missing) {
        try {
            if (Files.size(file) > LARGEST) {
                throw new IllegalArgumentException("key " + name + ": the file is larger than 8 KiB");
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(missing, unreadable);
        }
    }
}
