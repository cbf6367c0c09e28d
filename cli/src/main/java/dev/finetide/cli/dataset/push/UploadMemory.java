package dev.finetide.cli.dataset.push;

import dev.finetide.cli.files.FileDigest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// Remembers under which ids files were uploaded, so that a broken or repeated upload goes on at the bytes that are
/// stored. An id belongs to a path, a size, a time of change and a project: a changed file gets another id.
final class UploadMemory {
    /// The service deletes a file that no call has named for a day.
    private static final Duration KEPT = Duration.ofDays(2);

    private final Path directory;

    UploadMemory(Path directory) {
        this.directory = directory;
    }

    /// Returns the id of a file, a new one if the file was not uploaded before.
    UUID idOf(String project, Path file, FileState state) throws IOException {
        Files.createDirectories(directory);
        forgetOldOnes();
        Path note = note(project, file, state);
        if (Files.exists(note)) {
            try {
                return UUID.fromString(Files.readString(note).strip());
            } catch (IllegalArgumentException damaged) {
                Files.delete(note);
            }
        }
        UUID id = UUID.randomUUID();
        Path unfinished = Files.writeString(directory.resolve(id + ".new"), id.toString());
        Files.move(unfinished, note, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return id;
    }

    /// Forgets a file, so that its next upload begins at the first byte.
    void forget(String project, Path file, FileState state) throws IOException {
        Files.deleteIfExists(note(project, file, state));
    }

    private Path note(String project, Path file, FileState state) {
        List<String> key = List.of(
                project,
                file.toAbsolutePath().normalize().toString(),
                Long.toString(state.bytes()),
                state.changed().toString());
        return directory.resolve(FileDigest.of(String.join("\n", key).getBytes(StandardCharsets.UTF_8)));
    }

    private void forgetOldOnes() throws IOException {
        Instant oldest = Instant.now().minus(KEPT);
        try (Stream<Path> notes = Files.list(directory)) {
            for (Path note : notes.toList()) {
                if (Files.exists(note)
                        && Files.getLastModifiedTime(note).toInstant().isBefore(oldest)) {
                    Files.deleteIfExists(note);
                }
            }
        }
    }
}
