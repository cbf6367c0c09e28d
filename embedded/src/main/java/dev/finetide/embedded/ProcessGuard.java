package dev.finetide.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Ends child processes when this process has ended, however it ended. The guard is a small shell that reads from a
/// pipe. The kernel closes the pipe when this process ends, and the shell then signals each guarded process group.
/// Thread-safe.
///
/// If the guard is killed, it is started again with all guarded process groups.
public final class ProcessGuard implements AutoCloseable {

    /// Shell script that reads lines `+ GROUP SIGNAL` and `- GROUP`. A group that has not ended 5 s after its
    /// signal is killed.
    private static final String SCRIPT = """
            trap '' HUP INT TERM
            live=""
            while read -r op group signal; do
              case $op in
                +) live="$live $group:$signal" ;;
                -) rest=""
                   for entry in $live; do [ "${entry%%:*}" = "$group" ] || rest="$rest $entry"; done
                   live="$rest" ;;
              esac
            done
            send() { kill -s "$2" -- "-$1" 2>/dev/null || kill -s "$2" "$1" 2>/dev/null; }
            for entry in $live; do send "${entry%%:*}" "${entry#*:}"; done
            waits=0
            while [ $waits -lt 50 ]; do
              left=""
              for entry in $live; do kill -s 0 -- "-${entry%%:*}" 2>/dev/null && left="$left $entry"; done
              [ -n "$left" ] || exit 0
              live="$left"; waits=$((waits + 1)); sleep 0.1
            done
            for entry in $live; do send "${entry%%:*}" KILL; done
            """;

    private final Map<Long, String> groups = new LinkedHashMap<>();
    private final Set<Long> leaderless = new HashSet<>();
    private Process shell;
    private OutputStream pipe;
    private boolean closed;

    private ProcessGuard() {}

    public static ProcessGuard start() throws IOException {
        ProcessGuard guard = new ProcessGuard();
        guard.startShell();
        return guard;
    }

    /// Guards the process group that `group` leads.
    ///
    /// @param signal signal that asks the group to end: `TERM`, or `INT` for PostgreSQL
    synchronized void add(long group, String signal) throws IOException {
        forgetEmpty();
        groups.put(group, signal);
        send("+ " + group + " " + signal);
    }

    /// Notes that the leader of a group has ended. The group stays guarded while it has members, because a worker
    /// may outlive the service that started it.
    synchronized void leaderEnded(long group) throws IOException {
        leaderless.add(group);
        forgetEmpty();
    }

    private void forgetEmpty() throws IOException {
        for (long group : List.copyOf(leaderless)) {
            if (Sessions.isEmpty(group)) {
                leaderless.remove(group);
                groups.remove(group);
                send("- " + group);
            }
        }
    }

    private void send(String line) throws IOException {
        if (closed) {
            return;
        }
        try {
            write(line);
        } catch (IOException e) {
            startShell();
        }
    }

    private synchronized void restart() {
        if (!closed && !shell.isAlive()) {
            try {
                startShell();
            } catch (IOException e) {
                throw new UncheckedIOException("the process guard cannot be started again", e);
            }
        }
    }

    private synchronized void startShell() throws IOException {
        shell = new ProcessBuilder(Sessions.detached(List.of("sh", "-c", SCRIPT)))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        pipe = shell.getOutputStream();
        for (Map.Entry<Long, String> group : groups.entrySet()) {
            write("+ " + group.getKey() + " " + group.getValue());
        }
        shell.onExit()
                .thenRunAsync(
                        this::restart, task -> Thread.ofPlatform().daemon().start(task));
    }

    private void write(String line) throws IOException {
        pipe.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        pipe.flush();
    }

    /// Ends the guard and every process that it still guards.
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        pipe.close();
    }
}
