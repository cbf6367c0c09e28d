package dev.finetide.kubernetes;

import dev.finetide.proto.work.v1.WorkReason;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/// Makes calls to the API server on a few threads, one call at a time for each launch. A failed call is made again
/// after a pause; pauses grow up to 30 s. The service decides how long a run may wait for its call.
final class RetryingCalls implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RetryingCalls.class);
    private static final long LONGEST_PAUSE_SECONDS = 30;

    /// A create waits for the API server and its webhooks, and many runs may start at the same time.
    private static final int THREADS = 8;

    interface Call {
        void run() throws KubernetesClientException;
    }

    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(
            THREADS,
            Thread.ofPlatform().name("kubernetes-launcher-", 0).daemon().factory());
    private final Predicate<JobLaunch> wanted;
    private final BiConsumer<JobLaunch, ApiTrouble> refused;

    /// @param wanted  whether the calls of a launch are still to be made
    /// @param refused receives a refusal that another try cannot change
    RetryingCalls(Predicate<JobLaunch> wanted, BiConsumer<JobLaunch, ApiTrouble> refused) {
        this.wanted = wanted;
        this.refused = refused;
    }

    void submit(JobLaunch launch, String what, Call call) {
        threads.execute(() -> attempt(launch, what, 0, call));
    }

    void every(long millis, Runnable task) {
        threads.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException bug) {
                        LOG.error("cluster cannot be checked", bug); // the next check must still run
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
    }

    private void attempt(JobLaunch launch, String what, int tries, Call call) {
        launch.callLock.lock(); // a delete during a create would find no Job to delete
        try {
            if (wanted.test(launch)) {
                call.run();
            }
        } catch (KubernetesClientException e) {
            ApiTrouble trouble = ApiTrouble.of(e);
            LOG.warnf(
                    "cluster refused %s job=%s reason=%s error=%s",
                    what, launch.name, trouble.reason(), trouble.message());
            launch.markFailed(trouble);
            if (trouble.passes()) {
                long pause = Math.min(LONGEST_PAUSE_SECONDS, 1L << Math.min(tries, 5));
                threads.schedule(() -> attempt(launch, what, tries + 1, call), pause, TimeUnit.SECONDS);
            } else {
                refused.accept(launch, trouble);
            }
        } catch (RuntimeException bug) {
            LOG.error("worker's Job cannot be made job=" + launch.name, bug);
            refused.accept(
                    launch,
                    new ApiTrouble(WorkReason.BAD_CONFIGURATION, "its Job cannot be made: " + bug.getMessage(), false));
        } finally {
            launch.callLock.unlock();
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
