package dev.finetide.embedded;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Real PostgreSQL on loopback, as a child process; user `postgres` without password, for one user's machine only.
/// What was committed stays in the directory, also after `kill -9`.
/// Started by root it runs as somebody else, see [PostgresAccount].
public final class EmbeddedPostgres implements EmbeddedPart {

    private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    /// Line of `postmaster.pid` that says `ready` once the server accepts connections.
    private static final int STATUS_LINE = 7;

    private final Path data;
    private final int port;
    private final Path log;
    private final Path cache;
    private final ProcessGuard guard;
    private PostgresAccount account;
    private String fsync = "fsync=on";
    private volatile ChildProcess child;

    /// @param directory for the database only; made if missing
    /// @param cache     where the programs are unpacked, see [#userCache]
    public EmbeddedPostgres(Path directory, int port, Path log, Path cache, ProcessGuard guard) {
        this.data = directory.toAbsolutePath();
        this.port = port;
        this.log = log;
        this.cache = cache;
        this.guard = guard;
    }

    /// The same, run as `as` and not as whoever [PostgresAccount#find] gives.
    EmbeddedPostgres runAs(PostgresAccount as) {
        account = as;
        return this;
    }

    /// For data that need not survive the machine's crash: a commit survives `kill -9`, but not a power cut.
    EmbeddedPostgres withoutFsync() {
        fsync = "fsync=off";
        return this;
    }

    /// Where programs are unpacked once per user: `$FINETIDE_CACHE`, or `~/.finetide/cache`.
    public static Path userCache() {
        return Optional.ofNullable(System.getenv("FINETIDE_CACHE"))
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".finetide", "cache"));
    }

    /// A JDBC URL whose tables live in `schema`.
    public String jdbcUrl(String schema) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?currentSchema=" + schema;
    }

    /// Starts the server and returns when it accepts connections; started again after it ended, it has all its data.
    ///
    /// @throws StartFailedException if it ends before that or takes too long; its log says why
    @Override
    public synchronized ChildProcess start() throws IOException, InterruptedException {
        PostgresBinaries binaries = PostgresBinaries.in(cache);
        Files.createDirectories(log.toAbsolutePath().getParent());
        if (!Files.exists(data.resolve("PG_VERSION"))) {
            initialise(binaries);
        }
        endOrphan(binaries);
        List<String> command = account().command(binaries.program("postgres").toString(), arguments());
        child = ChildProcess.start(
                new ChildProcess.Launch("postgres", command, Map.of(), log, false, "INT", STOP_TIMEOUT), guard);
        awaitReady();
        return child;
    }

    private List<String> arguments() {
        return List.of(
                "-D",
                data.toString(),
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "shared_buffers=64MB",
                "-c",
                fsync);
    }

    private PostgresAccount account() throws IOException, InterruptedException {
        if (account == null) {
            account = PostgresAccount.find();
        }
        return account;
    }

    /// In a directory aside, because a database that was half made looks like a whole one.
    private void initialise(PostgresBinaries binaries) throws IOException, InterruptedException {
        Path aside = data.resolveSibling(data.getFileName() + ".new");
        PostgresBinaries.deleteTree(aside);
        Files.createDirectories(data.getParent());
        // Flushing a database that holds nothing yet takes up to 30 s on a busy disk.
        run(
                binaries,
                "initdb",
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF-8",
                "--no-locale",
                "--no-sync",
                "-D",
                aside.toString());
        Files.move(aside, data, StandardCopyOption.ATOMIC_MOVE);
    }

    /// A server that lost its parent still holds the directory; a pid file whose process is something else by now
    /// would make the new server refuse to start.
    private void endOrphan(PostgresBinaries binaries) throws IOException, InterruptedException {
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        long pid = Long.parseLong(Files.readAllLines(pidFile).getFirst().strip());
        boolean postgres = ProcessHandle.of(pid)
                .flatMap(process -> process.info().command())
                .filter(command -> command.endsWith("postgres"))
                .isPresent();
        if (postgres) {
            run(binaries, "pg_ctl", "stop", "-m", "fast", "-w", "-t", "20", "-D", data.toString());
        } else {
            Files.deleteIfExists(pidFile);
        }
    }

    private void awaitReady() throws IOException, InterruptedException {
        Instant deadline = Instant.now().plus(START_TIMEOUT);
        while (!isReady()) {
            if (!child.isAlive()) {
                throw new StartFailedException("postgres ended before it was ready; see " + log);
            }
            if (Instant.now().isAfter(deadline)) {
                child.stop();
                throw new StartFailedException("postgres was not ready after " + START_TIMEOUT + "; see " + log);
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private boolean isReady() throws IOException {
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return false;
        }
        List<String> lines = Files.readAllLines(pidFile);
        return lines.size() > STATUS_LINE
                && lines.getFirst().strip().equals(Long.toString(child.pid()))
                && lines.get(STATUS_LINE).strip().equals("ready");
    }

    private void run(PostgresBinaries binaries, String program, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = account().command(binaries.program(program).toString(), List.of(arguments));
        int status = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()))
                .redirectInput(Redirect.from(new File("/dev/null")))
                .start()
                .waitFor();
        if (status != 0) {
            throw new StartFailedException("postgres: " + program + " ended with status " + status + "; see " + log);
        }
    }

    @Override
    public Optional<ChildProcess> process() {
        return Optional.ofNullable(child);
    }

    /// Stops the server with everything written; open connections are cut, a start that is under way fails.
    @Override
    public void close() {
        ChildProcess running = child;
        if (running != null) {
            running.stop();
        }
    }
}
