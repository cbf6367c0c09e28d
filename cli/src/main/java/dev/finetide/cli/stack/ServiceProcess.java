package dev.finetide.cli.stack;

import dev.finetide.embedded.ChildProcess;
import dev.finetide.embedded.EmbeddedPart;
import dev.finetide.embedded.ProcessGuard;
import dev.finetide.embedded.StartFailedException;
import dev.finetide.embedded.Stopwatch;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Runs a service as a child process. The service is ready when its health endpoint says so.
final class ServiceProcess implements EmbeddedPart {

    private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);
    private static final long PROBE_EVERY_MILLIS = 100;

    private final ChildProcess.Launch launch;
    private final URI health;
    private final ProcessGuard guard;
    private final Runnable onStarted;
    private volatile ChildProcess child;

    /// @param onStarted runs when the process exists, before it is ready
    ServiceProcess(ChildProcess.Launch launch, URI health, ProcessGuard guard, Runnable onStarted) {
        this.launch = launch;
        this.health = health;
        this.guard = guard;
        this.onStarted = onStarted;
    }

    @Override
    public ChildProcess start() throws IOException, InterruptedException {
        ChildProcess started = ChildProcess.start(launch, guard);
        child = started;
        onStarted.run();
        Stopwatch waited = Stopwatch.start();
        while (!isHealthy(health)) {
            if (!started.isAlive()) {
                throw new StartFailedException(launch.name() + " ended with status "
                        + started.onExit().join() + " before it was ready; see " + launch.log());
            }
            if (waited.hasPassed(START_TIMEOUT)) {
                started.stop();
                throw new StartFailedException(launch.name() + " was not ready after " + START_TIMEOUT.toSeconds()
                        + " s; see " + launch.log());
            }
            TimeUnit.MILLISECONDS.sleep(PROBE_EVERY_MILLIS);
        }
        return started;
    }

    @Override
    public Optional<ChildProcess> process() {
        return Optional.ofNullable(child);
    }

    @Override
    public void close() {
        ChildProcess running = child;
        if (running != null) {
            running.stop();
        }
    }

    static boolean isHealthy(URI health) {
        try {
            HttpURLConnection connection = (HttpURLConnection) health.toURL().openConnection();
            connection.setConnectTimeout((int) PROBE_TIMEOUT.toMillis());
            connection.setReadTimeout((int) PROBE_TIMEOUT.toMillis());
            int status = connection.getResponseCode();
            connection.disconnect();
            return status == HttpURLConnection.HTTP_OK;
        } catch (IOException e) {
            return false;
        }
    }
}
