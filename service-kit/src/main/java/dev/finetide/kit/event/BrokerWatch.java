package dev.finetide.kit.event;

import dev.finetide.kit.error.FatalErrors;
import dev.finetide.kit.metric.ConsumerLag;
import dev.finetide.kit.time.Moment;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jboss.logging.Logger;

/// Has the topics made when the broker first answers, and records since when it has answered without a break. A service
/// that cannot reach the broker receives no heartbeats, and so declares no worker lost. Asks the broker for
/// [ConsumerLag], too.
@Singleton
public final class BrokerWatch {
    private static final Logger LOG = Logger.getLogger(BrokerWatch.class);
    private static final int TIMEOUT_MS = 5_000;

    private final Map<String, Object> broker;
    private final ConsumerLag lag;
    private final TopicCheck topics;
    private final CountDownLatch answered = new CountDownLatch(1);
    private volatile Optional<Moment> reachableSince = Optional.empty();
    private Thread thread;

    BrokerWatch(@Identifier(EventBeans.BROKER) Map<String, Object> broker, ConsumerLag lag, TopicCheck topics) {
        this.broker = broker;
        this.lag = lag;
        this.topics = topics;
    }

    /// Returns which reports of workers this service could receive; empty while the broker does not answer, or does not
    /// tell which reports were taken.
    public Optional<Reception> reception() {
        return reachableSince.flatMap(since -> lag.takenUpTo(Topics.WORKER).map(upTo -> new Reception(since, upTo)));
    }

    /// Returns whether the broker has answered the last question.
    boolean isReachable() {
        return reachableSince.isPresent();
    }

    // Runs before the consumers: a consumer that subscribed first would only log that its topic is missing.
    void start(@Observes @Priority(1) StartupEvent event) throws InterruptedException {
        thread = Thread.ofVirtual().name("broker-watch").start(this::run);
        if (!answered.await(10, TimeUnit.SECONDS)) {
            LOG.warn("broker cannot be reached yet, the service starts without it: "
                    + broker.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG));
        }
    }

    void stop(@Observes ShutdownEvent event) {
        thread.interrupt();
    }

    private void run() {
        Map<String, Object> settings = new HashMap<>(broker);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
        while (!Thread.currentThread().isInterrupted()) {
            try (Admin admin = Admin.create(settings)) {
                while (true) {
                    check(admin);
                    TimeUnit.MILLISECONDS.sleep(answered.getCount() == 0 ? 2_000 : 200);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException | Error bug) {
                // Without this thread the service would take the broker for present for ever.
                FatalErrors.endProcessAfter(bug);
                LOG.error("the watch of the broker failed, it begins again", bug);
                away();
                pause();
            }
        }
    }

    private void check(Admin admin) throws InterruptedException {
        try {
            Set<String> present = admin.listTopics().names().get();
            if (!topics.isDone()) {
                topics.make(admin, present);
                if (answered.getCount() > 0) {
                    TopicSizes.raise(admin, present);
                }
                answered.countDown();
            }
            if (reachableSince.isEmpty()) {
                reachableSince = Optional.of(Moment.now());
            }
            lag.read(admin);
        } catch (ExecutionException e) {
            if (reachableSince.isPresent()) {
                LOG.warn("broker cannot be reached: " + e.getCause());
            }
            away();
        }
    }

    private void away() {
        reachableSince = Optional.empty();
        lag.forget();
    }

    private static void pause() {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
