package dev.finetide.kit.event;

import dev.finetide.kit.error.FatalErrors;
import dev.finetide.kit.metric.ConsumerLag;
import dev.finetide.kit.time.Moment;
import dev.finetide.proto.event.KafkaSettings;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.jboss.logging.Logger;

/// Has the topics made when the broker first answers, and records since when it has answered without a break. A service
/// that cannot reach the broker receives no heartbeats, and so declares no worker lost. Asks the broker for
/// [ConsumerLag], too.
@Singleton
public final class BrokerWatch {
    private static final Logger LOG = Logger.getLogger(BrokerWatch.class);
    private static final int TIMEOUT_MS = 5_000;

    /// Time between two questions to a broker that refuses the login: it may count wrong passwords, and lock the user.
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

    private static final Duration EVERY = Duration.ofSeconds(2);
    private static final Duration UNTIL_FIRST = Duration.ofMillis(200);

    private final Map<String, Object> broker;
    private final ConsumerLag lag;
    private final TopicCheck topics;
    private final CountDownLatch answered = new CountDownLatch(1);
    private volatile Optional<Moment> reachableSince = Optional.empty();
    private volatile String trouble = "no answer yet";
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
        requireUsable();
        thread = Thread.ofVirtual().name("broker-watch").start(this::run);
        if (!answered.await(10, TimeUnit.SECONDS)) {
            LOG.warnf(
                    "broker cannot be reached yet, the service starts without it: %s (%s)",
                    broker.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG), trouble);
        }
    }

    /// @throws IllegalStateException if no client can be made of the settings; each client would say so, every second
    private void requireUsable() {
        try {
            Admin.create(broker).close();
        } catch (KafkaException unusable) {
            throw new IllegalStateException(KafkaSettings.problem(unusable));
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
                    TimeUnit.MILLISECONDS.sleep(check(admin).toMillis());
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

    /// Returns the time until the next question.
    private Duration check(Admin admin) throws InterruptedException {
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
            trouble = "";
        } catch (ExecutionException e) {
            String now = String.valueOf(e.getCause());
            if (reachableSince.isPresent() || e.getCause() instanceof AuthenticationException && !now.equals(trouble)) {
                LOG.warn("broker cannot be reached: " + now);
            }
            trouble = now;
            away();
            if (e.getCause() instanceof AuthenticationException) {
                return AFTER_REFUSAL;
            }
        }
        return answered.getCount() == 0 ? EVERY : UNTIL_FIRST;
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
