package dev.finetide.kit.event;

import dev.finetide.kit.metric.ConsumerLag;
import jakarta.enterprise.inject.Default;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.jboss.logging.Logger;

/// Makes the topics that the broker has not got. Where this service may not make topics, an operator does: then the
/// service is not ready while a topic is missing that it reads or writes, and says which. Topics that the service does
/// not need do not count, because a broker hides them from a user without rights.
@Default // a health check alone has only the qualifier of its kind, and nobody could inject it
@Readiness
@Singleton
final class TopicCheck implements HealthCheck {
    private static final Logger LOG = Logger.getLogger(TopicCheck.class);

    private final Set<String> needed;
    private volatile Map<String, String> missing = Map.of();
    private volatile boolean isDone;

    @Inject
    TopicCheck(@ConfigProperty(name = "quarkus.application.name") String service, ConsumerLag lag) {
        this(Topics.neededBy(service, lag.topics()));
    }

    /// @param needed names of the topics that this service reads or writes
    TopicCheck(Set<String> needed) {
        this.needed = Set.copyOf(needed);
    }

    /// Returns whether all topics that the service needs are there.
    boolean isDone() {
        return isDone;
    }

    /// Makes the topics that are missing.
    ///
    /// @param present names of all topics that the broker shows to this service
    /// @throws ExecutionException if the broker does not answer, or cannot make a topic now
    void make(Admin admin, Set<String> present) throws InterruptedException, ExecutionException {
        // The first time asks for all topics, and later ones for those that the service still waits for.
        List<NewTopic> absent = Topics.all().stream()
                .filter(topic -> !present.contains(topic.name()))
                .filter(topic -> missing.isEmpty() || missing.containsKey(topic.name()))
                .toList();
        Map<String, String> refused = new TreeMap<>();
        for (Map.Entry<String, KafkaFuture<Void>> topic :
                admin.createTopics(absent).values().entrySet()) {
            try {
                topic.getValue().get();
            } catch (ExecutionException e) {
                if (!isRefusal(e.getCause())) {
                    throw e;
                }
                // Another service may have been quicker.
                if (!(e.getCause() instanceof TopicExistsException) && needed.contains(topic.getKey())) {
                    refused.put(topic.getKey(), e.getCause().getMessage());
                }
            }
        }
        tell(refused);
        missing = Map.copyOf(refused);
        isDone = refused.isEmpty();
    }

    /// Returns whether the same request cannot succeed before an operator has changed something.
    private static boolean isRefusal(Throwable failure) {
        return failure instanceof ApiException && !(failure instanceof RetriableException);
    }

    private void tell(Map<String, String> refused) {
        List<String> unknown = new ArrayList<>(refused.keySet());
        unknown.removeAll(missing.keySet());
        if (!unknown.isEmpty()) {
            LOG.errorf(
                    "topics are missing, and this service cannot make them: %s. The service is not ready until an"
                            + " operator has made them. The broker says: %s",
                    unknown, refused.get(unknown.getFirst()));
        } else if (refused.isEmpty() && !missing.isEmpty()) {
            LOG.info("all topics are there");
        }
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named("topics").status(missing.isEmpty());
        if (!missing.isEmpty()) {
            answer.withData("missing", String.join(", ", new TreeSet<>(missing.keySet())));
        }
        return answer.build();
    }
}
