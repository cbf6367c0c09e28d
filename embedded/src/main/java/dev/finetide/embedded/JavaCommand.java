package dev.finetide.embedded;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Makes command lines for JVMs that start fast and stay small.
public final class JavaCommand {

    private static final String QUICK_COMPILER_ONLY = "-XX:TieredStopAtLevel=1";
    private static final List<String> SMALL = List.of(
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError", // a process without memory is started again, instead of going on half dead
            "-Xshare:auto",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private JavaCommand() {}

    /// Returns the path of this JVM's `java` program.
    public static String executable() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /// Returns `java` with flags for a small heap and a fast start, ready for `-jar` or `-cp`.
    public static List<String> small(int heapMegabytes) {
        List<String> command = computing(heapMegabytes);
        command.add(QUICK_COMPILER_ONLY);
        return command;
    }

    /// Returns `java` with flags for a small heap, for a program that computes for long enough to be worth the
    /// optimising compiler.
    public static List<String> computing(int heapMegabytes) {
        List<String> command = new ArrayList<>();
        command.add(executable());
        command.addAll(SMALL);
        command.add("-Xmx" + heapMegabytes + "m");
        return command;
    }
}
