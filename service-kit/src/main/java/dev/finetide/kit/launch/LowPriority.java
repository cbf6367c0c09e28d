package dev.finetide.kit.launch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Makes the command line of a worker that leaves the processors to others. Linux shares them out
/// among sessions first and looks at niceness within a session alone (`sched_autogroup_enabled`),
/// so such a worker has a session of its own, and the session is nice. A shell stays in the
/// service's process group in the worker's place: it passes the request to end on, and the kernel
/// kills the worker when the shell has gone, however that happened.
final class LowPriority {
    private static final Path NICE = Path.of("/usr/bin/nice");
    private static final List<Path> OWN_SESSION =
            List.of(Path.of("/proc/self/autogroup"), Path.of("/usr/bin/setpriv"), Path.of("/usr/bin/setsid"));

    /// The kernel takes one change of a session's niceness in 100 ms, of all sessions.
    private static final String SCRIPT = """
            setpriv --pdeathsig KILL setsid sh -c '
              for try in 1 2 3 4 5; do
                { echo 19 > /proc/self/autogroup; } 2>/dev/null && break
                sleep 0.2
              done
              exec "$@"' sh "$@" &
            worker=$!
            trap 'kill $worker' TERM
            wait $worker
            code=$?
            while kill -0 $worker 2>/dev/null; do
              wait $worker
              code=$?
            done
            exit $code
            """;

    private LowPriority() {}

    /// Returns the command line that runs a command at the lowest priority that the machine's
    /// programs allow. Its exit code is the command's.
    static List<String> of(List<String> command) {
        List<String> line = new ArrayList<>();
        if (OWN_SESSION.stream().allMatch(Files::exists)) {
            line.addAll(List.of("/bin/sh", "-c", SCRIPT, "sh"));
        }
        if (Files.isExecutable(NICE)) {
            line.addAll(List.of(NICE.toString(), "-n", "19"));
        }
        return Stream.concat(line.stream(), command.stream()).toList();
    }
}
