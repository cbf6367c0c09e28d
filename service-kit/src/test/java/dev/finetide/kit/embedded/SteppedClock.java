package dev.finetide.kit.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// The wall clock of another process, which a test sets forward and back. A small library that is loaded before the
/// C library's own adds the difference; it is compiled here.
public final class SteppedClock {
    private final Path library;
    private final Path seconds;

    private SteppedClock(Path library, Path seconds) {
        this.library = library;
        this.seconds = seconds;
    }

    /// Returns a clock that shows the right time until it is set; empty where there is no C compiler.
    public static Optional<SteppedClock> compile(Path directory) throws IOException, InterruptedException {
        Path source = directory.resolve("stepped_clock.c");
        try (InputStream in = SteppedClock.class.getResourceAsStream("/stepped_clock.c")) {
            Files.copy(in, source);
        }
        Path library = directory.resolve("stepped_clock.so");
        SteppedClock clock = new SteppedClock(library, directory.resolve("seconds"));
        clock.set(Duration.ZERO);
        try {
            int status = new ProcessBuilder(
                            "cc", "-shared", "-fPIC", "-O1", "-o", library.toString(), source.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
            return status == 0 ? Optional.of(clock) : Optional.empty();
        } catch (IOException noCompiler) {
            return Optional.empty();
        }
    }

    /// Returns the environment of a process that has this clock. Its children have the machine's.
    public Map<String, String> environment() {
        return Map.of("LD_PRELOAD", library.toString(), "STEPPED_CLOCK", seconds.toString());
    }

    /// Sets the clock.
    ///
    /// @param difference difference to the machine's clock, in whole seconds
    public void set(Duration difference) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
        bytes.putLong(0, difference.toSeconds());
        try (FileChannel file = FileChannel.open(seconds, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(bytes, 0);
        }
    }
}
