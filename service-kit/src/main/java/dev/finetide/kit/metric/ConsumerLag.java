package dev.finetide.kit.metric;

import dev.finetide.kit.time.Moment;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/// Measures how many records of each topic this service has not taken yet, as the broker counts them. The client
/// library's own number is not used: it appears a minute after the start, and does not move while a consumer is paused,
/// which is when it matters.
///
/// Invariants: every replica shows the same values (take `max`); NaN while the broker is away. Alert:
/// `FinetideConsumerLag`.
@Singleton
public final class ConsumerLag {
    private static final Logger LOG = Logger.getLogger(ConsumerLag.class);
    private static final String CHANNELS = "mp.messaging.incoming.";

    private final Map<String, String> groups = new TreeMap<>();
    private final Map<String, Double> lags = new ConcurrentHashMap<>();
    private final Map<String, TakenMarks> marks = new TreeMap<>();

    /// @param config configuration with the `topic` and `group.id` of the incoming channels
    public ConsumerLag(Config config, MeterRegistry meters) {
        for (String key : config.getPropertyNames()) {
            if (key.startsWith(CHANNELS) && key.endsWith(".topic") && !key.endsWith(".dead-letter-queue.topic")) {
                String channel = key.substring(0, key.length() - ".topic".length());
                groups.put(config.getValue(key, String.class), config.getValue(channel + ".group.id", String.class));
            }
        }
        groups.keySet().forEach(topic -> marks.put(topic, new TakenMarks()));
        groups.keySet()
                .forEach(topic -> Gauge.builder(
                                "finetide.consumer.lag", lags, known -> known.getOrDefault(topic, Double.NaN))
                        .description("Records that the service has not taken yet")
                        .tag("topic", topic)
                        .strongReference(true)
                        .register(meters));
    }

    /// Returns the topics that this service reads.
    public Set<String> topics() {
        return Set.copyOf(groups.keySet());
    }

    /// Asks the broker. A value that the broker does not give is unknown.
    public void read(Admin admin) throws InterruptedException {
        try {
            if (!groups.isEmpty()) {
                lags.putAll(asked(admin));
            }
        } catch (ExecutionException e) {
            LOG.debug("lag cannot be read: " + e.getCause());
            lags.clear();
        }
    }

    /// Makes all values unknown, because the broker is away.
    public void forget() {
        lags.clear();
    }

    /// Returns the moment up to which this service has taken every record of a topic, in whichever replica; empty while
    /// that is unknown.
    public Optional<Moment> takenUpTo(String topic) {
        return Optional.ofNullable(marks.get(topic)).flatMap(TakenMarks::takenUpTo);
    }

    private Map<String, Double> asked(Admin admin) throws InterruptedException, ExecutionException {
        Moment before = Moment.now();
        List<TopicPartition> partitions = admin.describeTopics(groups.keySet()).allTopicNames().get().values().stream()
                .flatMap(topic -> IntStream.range(0, topic.partitions().size())
                        .mapToObj(partition -> new TopicPartition(topic.name(), partition)))
                .toList();
        Map<TopicPartition, Long> taken = committed(admin, partitions);
        Map<TopicPartition, Long> ends = offsets(admin, partitions.stream(), OffsetSpec.latest());
        // A new group begins at the oldest record, and records that have expired are not waited for.
        offsets(
                        admin,
                        partitions.stream()
                                .filter(partition -> taken.getOrDefault(partition, -1L) < ends.get(partition)),
                        OffsetSpec.earliest())
                .forEach((partition, oldest) -> taken.merge(partition, oldest, Math::max));
        marks.forEach((topic, known) -> known.note(before, of(topic, ends), of(topic, taken)));
        Map<String, Double> read = new HashMap<>();
        partitions.forEach(partition -> read.merge(
                partition.topic(), (double) Math.max(0, ends.get(partition) - taken.get(partition)), Double::sum));
        return read;
    }

    private static Map<TopicPartition, Long> of(String topic, Map<TopicPartition, Long> offsets) {
        return offsets.entrySet().stream()
                .filter(offset -> offset.getKey().topic().equals(topic))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /// Returns the offset at which each group goes on, for the partitions of which it has taken something.
    private Map<TopicPartition, Long> committed(Admin admin, List<TopicPartition> partitions)
            throws InterruptedException, ExecutionException {
        Map<String, ListConsumerGroupOffsetsSpec> asked = groups.values().stream()
                .distinct()
                .collect(Collectors.toMap(group -> group, group -> new ListConsumerGroupOffsetsSpec()));
        Map<String, Map<TopicPartition, OffsetAndMetadata>> committed =
                admin.listConsumerGroupOffsets(asked).all().get();
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata next =
                    committed.get(groups.get(partition.topic())).get(partition);
            if (next != null) {
                offsets.put(partition, next.offset());
            }
        }
        return offsets;
    }

    private static Map<TopicPartition, Long> offsets(Admin admin, Stream<TopicPartition> partitions, OffsetSpec which)
            throws InterruptedException, ExecutionException {
        Map<TopicPartition, ListOffsetsResultInfo> found = admin.listOffsets(
                        partitions.collect(Collectors.toMap(partition -> partition, partition -> which)))
                .all()
                .get();
        Map<TopicPartition, Long> offsets = new HashMap<>();
        found.forEach((partition, info) -> offsets.put(partition, info.offset()));
        return offsets;
    }
}
