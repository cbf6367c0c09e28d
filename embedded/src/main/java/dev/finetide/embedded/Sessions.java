package dev.finetide.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// A child in a session of its own does not get the Ctrl-C meant for its parent, so that the parent can stop its
/// children in order; and it leads a process group, so that it can be signalled together with its own children.
public final class Sessions {

    private static final Path SETSID = Path.of("/usr/bin/setsid");
    private static final Path PERL = Path.of("/usr/bin/perl");

    private Sessions() {}

    /// Returns the command line that runs `command` so; macOS has no `setsid`, but perl.
    public static List<String> detached(List<String> command) {
        List<String> prefix = List.of();
        if (Files.isExecutable(SETSID)) {
            prefix = List.of(SETSID.toString());
        } else if (Files.isExecutable(PERL)) {
            prefix = List.of(PERL.toString(), "-MPOSIX", "-e", "POSIX::setsid(); exec { $ARGV[0] } @ARGV");
        }
        return Stream.concat(prefix.stream(), command.stream()).toList();
    }

    /// Sends a signal to all members of a process group; false if there are none.
    public static boolean signal(long group, String signal) throws IOException {
        String line = "kill -s " + signal + " -- -" + group + " 2>/dev/null";
        return awaitStatus(new ProcessBuilder("sh", "-c", line).start()) == 0;
    }

    /// Never through `onExit()`: that completes in the common pool, where callers of this may be all that runs, and on
    /// two processors they would wait for themselves.
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

    /// Whether nobody is left in a process group.
    public static boolean isEmpty(long group) throws IOException {
        return !signal(group, "0");
    }
}
