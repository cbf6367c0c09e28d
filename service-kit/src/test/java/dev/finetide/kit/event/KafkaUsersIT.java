package dev.finetide.kit.event;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.metric.ConsumerLag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The users of the prod overlay may do what the topic table of `proto/README.md` says, and nothing
/// else, on a broker that denies by default.
class KafkaUsersIT {
    private static final Path USERS = Path.of("..", "k8s", "overlays", "prod", "kafka-users.yaml");
    private static final Pattern ACL = Pattern.compile(
            "resource: \\{type: (\\w+), name: ([\\w.-]+), patternType: (\\w+)}, operations: \\[([\\w, ]+)]}");

    /// Topics that a user writes, and topics that it reads.
    private record Rights(Set<String> writes, Set<String> reads) {}

    private static final Set<String> PUBLIC =
            Set.of(Topics.DATASET, Topics.TRAINING, Topics.EVALUATION, Topics.EVALUATION_RESULTS, Topics.MODEL);

    private static final Map<String, Rights> TABLE = Map.of(
            "kafka-dataset-service",
            new Rights(
                    withDeadLetters(
                            Set.of(Topics.DATASET, Topics.AUDIT),
                            Topics.WORKER,
                            Topics.TRAINING,
                            Topics.EVALUATION,
                            Topics.MODEL,
                            Topics.PROJECT),
                    Set.of(Topics.WORKER, Topics.TRAINING, Topics.EVALUATION, Topics.MODEL, Topics.PROJECT)),
            "kafka-training-service",
            new Rights(
                    withDeadLetters(
                            Set.of(Topics.TRAINING, Topics.AUDIT),
                            Topics.WORKER,
                            Topics.EVALUATION,
                            Topics.MODEL,
                            Topics.PROJECT),
                    Set.of(Topics.WORKER, Topics.EVALUATION, Topics.MODEL, Topics.PROJECT)),
            "kafka-eval-service",
            new Rights(
                    withDeadLetters(
                            Set.of(Topics.EVALUATION, Topics.EVALUATION_RESULTS, Topics.AUDIT),
                            Topics.WORKER,
                            Topics.TRAINING,
                            Topics.MODEL,
                            Topics.PROJECT),
                    Set.of(Topics.WORKER, Topics.TRAINING, Topics.MODEL, Topics.PROJECT)),
            "kafka-registry-service",
            new Rights(
                    withDeadLetters(
                            Set.of(Topics.MODEL, Topics.PROJECT, Topics.AUDIT),
                            Topics.TRAINING,
                            Topics.EVALUATION,
                            Topics.PROJECT),
                    Set.of(Topics.TRAINING, Topics.EVALUATION, Topics.PROJECT)),
            "kafka-gpu-worker",
            new Rights(Set.of(Topics.WORKER), Set.of()),
            "kafka-reader",
            new Rights(Set.of(), PUBLIC),
            "kafka-auditor",
            new Rights(Set.of(), Set.of(Topics.AUDIT)),
            "kafka-keda",
            new Rights(Set.of(), Set.of()));

    @TempDir
    static Path directory;

    /// A service of a company in which nobody but the operator makes topics: as kafka-registry-service, without that
    /// right.
    private static final String NARROW = "narrow-service";

    private static ClosedBroker broker;

    private static Set<String> withDeadLetters(Set<String> own, String... read) {
        Set<String> all = new TreeSet<>(own);
        Arrays.stream(read).forEach(topic -> all.add(topic + ".dlq"));
        return all;
    }

    @BeforeAll
    static void start() throws Exception {
        Map<String, List<AclBinding>> users = users();
        assertThat(users.keySet()).isEqualTo(TABLE.keySet());
        List<String> names = new ArrayList<>(users.keySet());
        names.add(NARROW);
        broker = new ClosedBroker(directory, names);
        try (Admin admin = Admin.create(broker.settings(ClosedBroker.ADMIN))) {
            admin.createAcls(users.values().stream().flatMap(List::stream).toList())
                    .all()
                    .get();
            admin.createAcls(narrow()).all().get();
        }
        // A service makes the topics by its own rights.
        try (Admin admin = Admin.create(broker.settings("kafka-registry-service"))) {
            admin.createTopics(Topics.all()).all().get();
            TopicSizes.raise(admin, admin.listTopics().names().get());
        }
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    private static Map<String, List<AclBinding>> users() throws Exception {
        Map<String, List<AclBinding>> users = new LinkedHashMap<>();
        for (String document : Files.readString(USERS).split("(?m)^---$")) {
            Matcher name = Pattern.compile("(?m)^ {2}name: (\\S+)$").matcher(document);
            assertThat(name.find()).isTrue();
            List<AclBinding> acls = new ArrayList<>();
            Matcher acl = ACL.matcher(document);
            while (acl.find()) {
                PatternType pattern = acl.group(3).equals("prefix") ? PatternType.PREFIXED : PatternType.LITERAL;
                ResourcePattern resource =
                        new ResourcePattern(ResourceType.fromString(acl.group(1)), acl.group(2), pattern);
                for (String operation : acl.group(4).split(", ")) {
                    acls.add(new AclBinding(
                            resource,
                            new AccessControlEntry(
                                    "User:" + name.group(1), "*", operation(operation), AclPermissionType.ALLOW)));
                }
            }
            assertThat(acls).as("each line of an ACL was read").hasSizeGreaterThanOrEqualTo((int) document.lines()
                    .filter(line -> line.contains("- {resource"))
                    .count());
            users.put(name.group(1), acls);
        }
        return users;
    }

    private static List<AclBinding> narrow() {
        List<AclBinding> acls = new ArrayList<>();
        for (String topic : TABLE.get("kafka-registry-service").writes()) {
            acls.add(allowed(ResourceType.TOPIC, topic, PatternType.LITERAL, AclOperation.WRITE));
        }
        for (String topic : TABLE.get("kafka-registry-service").reads()) {
            acls.add(allowed(ResourceType.TOPIC, topic, PatternType.LITERAL, AclOperation.READ));
        }
        acls.add(allowed(ResourceType.GROUP, "narrow-", PatternType.PREFIXED, AclOperation.READ));
        return acls;
    }

    private static AclBinding allowed(ResourceType type, String name, PatternType pattern, AclOperation operation) {
        return new AclBinding(
                new ResourcePattern(type, name, pattern),
                new AccessControlEntry("User:" + NARROW, "*", operation, AclPermissionType.ALLOW));
    }

    private static AclOperation operation(String camelCase) {
        return AclOperation.valueOf(
                camelCase.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT));
    }

    private static Set<String> topics() {
        Set<String> names = new TreeSet<>();
        Topics.all().forEach(topic -> names.add(topic.name()));
        return names;
    }

    private static Set<String> written(String user) throws Exception {
        Set<String> written = new TreeSet<>();
        for (String topic : topics()) {
            Map<String, Object> settings = new HashMap<>(broker.settings(user));
            settings.put("max.block.ms", 180_000);
            try (KafkaProducer<byte[], byte[]> producer =
                    new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
                producer.send(new ProducerRecord<>(topic, new byte[1], new byte[1]))
                        .get();
                written.add(topic);
            } catch (ExecutionException | KafkaException refused) {
                assertThat(refused).hasRootCauseInstanceOf(AuthorizationException.class);
            }
        }
        return written;
    }

    private static Set<String> read(String user) throws Exception {
        Set<String> read = new TreeSet<>();
        String group = user.equals("kafka-gpu-worker") ? "reader-x" : user.substring("kafka-".length()) + "-x";
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(user, group)) {
            for (String topic : topics()) {
                try {
                    commit(consumer, topic);
                    read.add(topic);
                } catch (AuthorizationException refused) {
                    assertThat(refused).hasMessageContaining("authorized");
                }
            }
        }
        return read;
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String user, String group) throws Exception {
        Map<String, Object> settings = new HashMap<>(broker.settings(user));
        settings.put("group.id", group);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /// Commits an offset, for which a consumer needs to read both topic and group.
    private static void commit(KafkaConsumer<byte[], byte[]> consumer, String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        consumer.assign(List.of(partition));
        consumer.commitSync(Map.of(partition, new OffsetAndMetadata(0)));
    }

    @Test
    void eachUserWritesItsOwnTopicsAlone() throws Exception {
        for (String user : TABLE.keySet()) {
            assertThat(written(user)).as(user).isEqualTo(TABLE.get(user).writes());
        }
    }

    @Test
    void eachUserReadsTheTopicsOfTheTableAlone() throws Exception {
        for (String user : TABLE.keySet()) {
            assertThat(read(user)).as(user).isEqualTo(TABLE.get(user).reads());
        }
    }

    @Test
    void theTopicsThatAServiceNeedsAreThoseThatItsUserWritesAndReads() {
        TABLE.forEach((user, rights) -> {
            if (user.endsWith("-service")) {
                Set<String> all = new TreeSet<>(rights.writes());
                all.addAll(rights.reads());
                assertThat(Topics.neededBy(user.substring("kafka-".length()), rights.reads()))
                        .isEqualTo(all);
            }
        });
    }

    @Test
    void aServiceThatMayMakeNoTopicIsWellWhereTheyAreThereAndNamesThoseThatAreMissing() throws Exception {
        Rights rights = TABLE.get("kafka-registry-service");
        TopicCheck topics = new TopicCheck(Topics.neededBy("registry-service", rights.reads()));
        ConsumerLag lag = new ConsumerLag(incoming(Topics.WORKER), new SimpleMeterRegistry());
        String missing = Topics.MODEL;
        NewTopic again = Topics.all().stream()
                .filter(topic -> topic.name().equals(missing))
                .findFirst()
                .orElseThrow();
        try (Admin admin = Admin.create(broker.settings(ClosedBroker.ADMIN))) {
            admin.deleteTopics(List.of(missing)).all().get();
            BrokerWatch watch = new BrokerWatch(broker.settings(NARROW), lag, topics);
            watch.start(null);
            try {
                await().untilAsserted(
                                () -> assertThat(topics.call().getStatus()).isEqualTo(Status.DOWN));
                assertThat(topics.call().getData().orElseThrow()).containsEntry("missing", missing);
                assertThat(watch.isReachable()).isTrue();
            } finally {
                admin.createTopics(List.of(again)).all().get();
            }
            await().untilAsserted(() -> assertThat(topics.isDone()).isTrue());
            assertThat(topics.call().getStatus()).isEqualTo(Status.UP);
            watch.stop(null);
        }
    }

    @Test
    void aServiceWhoseSettingsMakeNoClientDoesNotStartAndSaysWhy() {
        ConsumerLag lag = new ConsumerLag(incoming(Topics.WORKER), new SimpleMeterRegistry());
        Map<String, Object> noLogin = Map.of("bootstrap.servers", "127.0.0.1:1", "security.protocol", "SASL_SSL");
        BrokerWatch watch = new BrokerWatch(noLogin, lag, new TopicCheck(Set.of()));
        assertThatThrownBy(() -> watch.start(null))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("Kafka's client settings cannot be used: ");
    }

    /// Returns the configuration of a service that reads one topic.
    private static Config incoming(String topic) {
        return new SmallRyeConfigBuilder()
                .withDefaultValue("mp.messaging.incoming.in.topic", topic)
                .withDefaultValue("mp.messaging.incoming.in.group.id", "narrow-x")
                .build();
    }

    @Test
    void groupsAndPasswordsOfOthersAreRefused() throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer("kafka-training-service", "dataset-service-model")) {
            assertThatThrownBy(() -> commit(consumer, Topics.MODEL)).isInstanceOf(GroupAuthorizationException.class);
        }
        String wrong = "org.apache.kafka.common.security.scram.ScramLoginModule required"
                + " username=\"kafka-eval-service\" password=\"guessed\";";
        try (Admin admin =
                Admin.create(broker.settings("kafka-eval-service", Map.of("KAFKA_SASL_JAAS_CONFIG", wrong)))) {
            assertThatThrownBy(() -> admin.listTopics().names().get())
                    .hasRootCauseInstanceOf(SaslAuthenticationException.class);
        }
    }
}
