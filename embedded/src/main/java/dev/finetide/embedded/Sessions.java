package dev.finetide.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Starts and signals children in their own sessions. Such a child does not get its parent's Ctrl-C, so that the
/// parent can stop its children in order. The child leads a process group, so that a signal also reaches its own
/// children.
public final class Sessions {

    private static final Path SETSID = Path.of("/usr/bin/setsid");
    private static final Path PERL = Path.of("/usr/bin/perl");

    private Sessions() {}

    /// Returns the command line that runs `command` in its own session. macOS has no `setsid`, so perl is used
    /// there.
    public static List<String> detached(List<String> command) {
        List<String> prefix = List.of();
        if (Files.isExecutable(SETSID)) {
            prefix = List.of(SETSID.toString());
        } else if (Files.isExecutable(PERL)) {
            prefix = List.of(PERL.toString(), "-MPOSIX", "-e", "POSIX::setsid(); exec { $ARGV[0] } @ARGV");
        }
        return Stream.concat(prefix.stream(), command.stream()).toList();
    }

    /// Sends a signal to all members of a process group; returns false if there are none.
    public static boolean signal(long group, String signal) throws IOException {
        String line = "kill -s " + signal + " -- -" + group + " 2>/dev/null";
        return awaitStatus(new ProcessBuilder("sh", "-c", line).start()) == 0;
    }

    /// Waits for a process without `onExit()`, whose future completes in the common pool. On two processors,
    /// callers of this method may occupy that whole pool and would wait for themselves.
    private static int awaitStatus(Process process) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Tells whether a process group has no members.
    public static boolean isEmpty(long group) throws IOException {
        return !signal(group, "0");
    }
}
