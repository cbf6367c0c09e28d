package dev.finetide.sft.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// The threads of the JVM's optimising compiler. Its work gains little here, because libtorch computes. It
/// falls into the first hundred steps of a run, on processors that the computing threads keep busy, and a step
/// ends when its slowest thread does.
final class CompilerThreads {
    /// The name of the threads as Linux shows it, at most 15 characters.
    private static final String C2 = "C2 CompilerThre";

    private static final int PRIO_PROCESS = 0;
    private static final int LOWEST = 19;

    private CompilerThreads() {}

    /// Gives the threads the lowest priority (man 2 setpriority; on Linux a priority belongs to a thread).
    /// Threads that they start inherit it.
    static void giveWay() {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            threads.filter(CompilerThreads::compiles)
                    .mapToInt(thread -> Integer.parseInt(thread.getFileName().toString()))
                    .forEach(thread -> CLibrary.call("setpriority", PRIO_PROCESS, thread, LOWEST));
        } catch (IOException | UncheckedIOException e) {
            // The system is not Linux, or a thread has just ended: the priorities stay as they are.
        }
    }

    private static boolean compiles(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).startsWith(C2);
        } catch (IOException e) {
            return false;
        }
    }
}
