package dev.finetide.worker.evaluate.endpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The keys of endpoints: a directory with a file for each. No key is ever a part of a message.
///
/// @param directory directory of the files; empty where this machine has none
public record EndpointKeys(Optional<Path> directory) {
    /// Variable that names the directory to workers.
    public static final String VARIABLE = "FINETIDE_KEYS";

    private static final long LARGEST = 8 << 10;

    /// Returns the keys of the directory that the environment names.
    public static EndpointKeys ofEnvironment() {
        return new EndpointKeys(Optional.ofNullable(System.getenv(VARIABLE))
                .filter(name -> !name.isBlank())
                .map(Path::of));
    }

    /// Reads a key.
    ///
    /// @throws IllegalArgumentException naming the file when it is missing, or holds no key
    String read(String name) {
        Path folder = directory.orElseThrow(() -> new IllegalArgumentException(
                "key " + name + ": the workers have no directory of keys (" + VARIABLE + ")"));
        Path file = folder.resolve(name).normalize();
        if (!file.startsWith(folder.normalize())) {
            throw new IllegalArgumentException("key " + name + ": expected the name of a file");
        }
        String key;
        try {
            if (Files.size(file) > LARGEST) {
                throw new IllegalArgumentException("key " + name + ": the file is larger than 8 KiB");
            }
            key = Files.readString(file, StandardCharsets.UTF_8).strip();
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "key " + name + ": no file of that name can be read in the workers' directory of keys", unreadable);
        }
        if (key.isEmpty() || !key.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException(
                    "key " + name + ": expected one line of visible ASCII characters in the file");
        }
        return key;
    }
}
