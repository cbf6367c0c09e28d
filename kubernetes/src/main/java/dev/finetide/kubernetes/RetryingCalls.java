package dev.finetide.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/// What is done to the cluster: by a few threads, one at a time for a launch, and tried again with pauses that grow;
/// how long a run may wait for that is its service's affair.
final class RetryingCalls implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RetryingCalls.class);
    private static final long LONGEST_PAUSE_SECONDS = 30;

    /// A create waits for the API server and its webhooks, and many runs may start together.
    private static final int THREADS = 8;

    interface Call {
        void run() throws KubernetesClientException;
    }

    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(
            THREADS, Thread.ofPlatform().name("kubernetes-launcher-", 0).daemon().factory());
    private final Predicate<Launch> wanted;
    private final BiConsumer<Launch, ApiTrouble> refused;

    /// @param wanted  whether a launch is still to be done
    /// @param refused told of a refusal that does not pass
    RetryingCalls(Predicate<Launch> wanted, BiConsumer<Launch, ApiTrouble> refused) {
        this.wanted = wanted;
        this.refused = refused;
    }

    void submit(Launch launch, String what, Call call) {
        threads.execute(() -> attempt(launch, what, 0, call));
    }

    void every(long millis, Runnable task) {
        threads.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException bug) {
                        LOG.error("a look at the cluster failed", bug); // the next one must still come
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
    }

    private void attempt(Launch launch, String what, int tries, Call call) {
        launch.callLock.lock(); // a stop beside a create would delete too early
        try {
            if (wanted.test(launch)) {
                call.run();
            }
        } catch (KubernetesClientException e) {
            ApiTrouble trouble = ApiTrouble.of(e);
            LOG.warnf(
                    "cluster refused %s job=%s reason=%s error=%s",
                    what, launch.name, trouble.reason(), trouble.message());
            launch.failed(trouble);
            if (trouble.passes()) {
                long pause = Math.min(LONGEST_PAUSE_SECONDS, 1L << Math.min(tries, 5));
                threads.schedule(() -> attempt(launch, what, tries + 1, call), pause, TimeUnit.SECONDS);
            } else {
                refused.accept(launch, trouble);
            }
        } catch (RuntimeException bug) {
            LOG.error("worker's Job cannot be made job=" + launch.name, bug);
            refused.accept(
                    launch, new ApiTrouble("BAD_CONFIGURATION", "its Job cannot be made: " + bug.getMessage(), false));
        } finally {
            launch.callLock.unlock();
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
