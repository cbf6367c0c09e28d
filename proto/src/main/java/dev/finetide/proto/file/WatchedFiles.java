package dev.finetide.proto.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Keeps what some files say, and reads them again when one has changed. Files with a fault are told
/// once, and what they said before stays. Thread-safe.
///
/// @param <T> what the files say
public final class WatchedFiles<T> {
    /// Reads the files.
    @FunctionalInterface
    public interface Reading<T> {
        T read() throws IOException;
    }

    private final List<Path> files;
    private final Reading<T> reading;
    private final Consumer<String> faults;
    private String stamp;
    private T content;
    private String told = "";

    /// Reads the files.
    ///
    /// @param faults told why changed files are not used; the text has no content of a file
    /// @throws IOException if a file cannot be read, or has a fault
    public WatchedFiles(List<Path> files, Reading<T> reading, Consumer<String> faults) throws IOException {
        this.files = List.copyOf(files);
        this.reading = reading;
        this.faults = faults;
        this.stamp = stampNow();
        this.content = reading.read();
    }

    /// Returns what the files say now.
    public synchronized T get() {
        try {
            String now = stampNow();
            if (!now.equals(stamp)) {
                // Files with a fault are looked at again when they change, not at every connection.
                stamp = now;
                content = reading.read();
                told = "";
            }
        } catch (IOException fault) {
            String message = message(fault);
            if (!message.equals(told)) {
                told = message;
                faults.accept(message);
            }
        }
        return content;
    }

    /// Returns what happened; the message of a missing file is its name alone.
    public static String message(IOException fault) {
        return fault instanceof NoSuchFileException missing ? missing.getFile() + " is missing" : fault.getMessage();
    }

    private String stampNow() throws IOException {
        StringBuilder now = new StringBuilder();
        for (Path file : files) {
            // Kubernetes replaces a mounted Secret by moving a link, so the file behind the link counts.
            now.append(Files.getLastModifiedTime(file)).append(' ').append(Files.size(file));
            now.append(' ').append(file.toRealPath()).append('\n');
        }
        return now.toString();
    }
}
