package dev.finetide.kit.event;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/// The topic table of `proto/README.md`.
public final class Topics {
    public static final String DATASET = "finetide.dataset.v1";
    public static final String TRAINING = "finetide.training.v1";
    public static final String WORKER = "finetide.worker.v1";
    public static final String EVALUATION = "finetide.evaluation.v1";
    public static final String EVALUATION_RESULTS = "finetide.evaluation-results.v1";
    public static final String MODEL = "finetide.model.v1";
    public static final String PROJECT = "finetide.project.v1";
    public static final String AUDIT = "finetide.audit.v1";

    private static final String DEAD_LETTERS = ".dlq";
    private static final int PARTITIONS = 3;
    private static final Map<String, String> COMPACTED =
            Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);

    /// The topics that each service writes, beside the audit.
    private static final Map<String, Set<String>> WRITTEN = Map.of(
            "dataset-service", Set.of(DATASET),
            "training-service", Set.of(TRAINING),
            "eval-service", Set.of(EVALUATION, EVALUATION_RESULTS),
            "registry-service", Set.of(MODEL, PROJECT));

    private Topics() {}

    static List<NewTopic> all() {
        return Stream.of(
                        topic(DATASET, retention(30)),
                        topic(TRAINING, retention(30)),
                        topic(WORKER, retention(1)),
                        topic(EVALUATION, retention(30)),
                        topic(EVALUATION_RESULTS, retention(7)),
                        topic(AUDIT, retention(400)),
                        topic(MODEL, COMPACTED),
                        topic(PROJECT, COMPACTED))
                .flatMap(topic -> Stream.of(topic, deadLetters(topic.name())))
                .toList();
    }

    /// Returns the topics that a service reads or writes, and those of its dead letters.
    ///
    /// @param read topics that it reads
    static Set<String> neededBy(String service, Set<String> read) {
        Set<String> needed = new TreeSet<>(WRITTEN.getOrDefault(service, Set.of()));
        needed.add(AUDIT);
        for (String topic : read) {
            needed.add(topic);
            needed.add(topic + DEAD_LETTERS);
        }
        return needed;
    }

    private static NewTopic deadLetters(String name) {
        return new NewTopic(name + DEAD_LETTERS, Optional.of(1), Optional.empty())
                .configs(sized(retention(30), RecordSizes.LARGEST_DEAD_LETTER));
    }

    private static NewTopic topic(String name, Map<String, String> config) {
        return new NewTopic(name, Optional.of(PARTITIONS), Optional.empty())
                .configs(sized(config, RecordSizes.LARGEST_RECORD));
    }

    private static Map<String, String> sized(Map<String, String> config, int largestRecord) {
        Map<String, String> sized = new HashMap<>(config);
        sized.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(largestRecord));
        return Map.copyOf(sized);
    }

    private static Map<String, String> retention(int days) {
        return Map.of(TopicConfig.RETENTION_MS_CONFIG, Long.toString(days * 86_400_000L));
    }
}
