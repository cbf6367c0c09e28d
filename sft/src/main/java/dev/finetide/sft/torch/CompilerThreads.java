package dev.finetide.sft.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// The JVM's optimising compiler. Its work pays little here, because libtorch computes, and it falls into the
/// first hundred steps of a run, on processors that the lanes keep busy: a step ends when its slowest lane does.
final class CompilerThreads {
    /// Linux's comm has 15 characters.
    private static final String C2 = "C2 CompilerThre";

    private static final int PRIO_PROCESS = 0;
    private static final int LOWEST = 19;

    private CompilerThreads() {}

    /// Lets them have what processor time the lanes leave (man 2 setpriority: on Linux it is a thread's own). Threads
    /// that they start do as they do.
    static void giveWay() {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            threads.filter(CompilerThreads::compiles)
                    .mapToInt(thread -> Integer.parseInt(thread.getFileName().toString()))
                    .forEach(thread -> CLibrary.call("setpriority", PRIO_PROCESS, thread, LOWEST));
        } catch (IOException | UncheckedIOException e) {
            // No Linux, or a thread has just ended: they go on as they are.
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
