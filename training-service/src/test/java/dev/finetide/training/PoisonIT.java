package dev.finetide.training;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.embedded.EmbeddedParts;
import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.metric.MetricsProbe;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.TrainingConfig;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.bootstrap.logging.InitialConfigurator;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Level;
import org.junit.jupiter.api.Test;

/// Tests that no single request, event or record stops the service. Shares the service of [TrainingServiceIT].
@QuarkusTest
@QuarkusTestResource(value = EmbeddedParts.class, initArgs = @ResourceArg(name = "schema", value = "training"))
@QuarkusTestResource(TrainingParts.class)
class PoisonIT extends RunsOfTheService {
    private static final String SECRET = "the customer's own words";

    @TestHTTPResource("/q/health/ready")
    URL ready;

    @TestHTTPResource("/q/metrics")
    URL metrics;

    private static TrainingConfig.Builder config() {
        return Stage.config().setMaxSteps(1).setWarmupSteps(0);
    }

    /// The input of the finding: a list of long texts that made an event larger than the broker takes.
    @Test
    void aRunThatIsTooLargeForItsEventsIsRefusedAndOthersGoOn() {
        TrainingConfig.Builder large = config().setLora(LoraConfig.newBuilder()
                .addAllTargetModules(Collections.nCopies(6_500, "model.layers.0.".repeat(40))));
        assertThatThrownBy(() -> create(large)).isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(refused.getStatus().getDescription())
                    .startsWith("expected a request of at most 524,288 bytes, got 3,9");
        });
        String run = create(config()).getName();
        eventOf(run);
    }

    private static void eventOf(String run) {
        new TopicProbe(kafka(), Topics.TRAINING).readUntil(record -> run.equals(record.key()));
    }

    @Test
    void anEventThatKafkaRefusesIsParkedAndToldAndOthersLeave() throws Exception {
        UUID id = UUID.randomUUID();
        database.with(handle -> handle.execute("""
                insert into outbox (id, aggregatetype, aggregateid, type, payload, created_at)
                values (?, ?, 'projects/default/trainingRuns/large', 'finetide.training.v1.TrainingRunRequested', ?, now())""", id, Topics.TRAINING, new byte[8 << 20]));
        String run = create(config()).getName();
        eventOf(run);
        MetricsProbe probe = new MetricsProbe(metrics);
        await().untilAsserted(
                        () -> assertThat(probe.value("finetide_outbox_parked")).hasValue(1.0));
        // The run goes on and has events of its own.
        await().untilAsserted(
                        () -> assertThat(probe.value("finetide_outbox_pending")).hasValue(0.0));
        await().untilAsserted(() -> assertThat(readiness()).contains("\"parked\": 1"));
        database.with(handle -> handle.execute("delete from outbox where id = ?", id));
        await().untilAsserted(
                        () -> assertThat(probe.value("finetide_outbox_parked")).hasValue(0.0));
    }

    private String readiness() throws Exception {
        HttpURLConnection connection = (HttpURLConnection) ready.openConnection();
        assertThat(connection.getResponseCode()).isEqualTo(200);
        try (InputStream in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// Drill 7: records of every wrong kind and of any size go to the dead letters once, and nothing of them to the
    /// log.
    @Test
    void poisonOfEveryKindAndSizeStopsNoConsumer() throws Exception {
        List<String> logged = new CopyOnWriteArrayList<>();
        Handler listening = new Handler() {
            @Override
            public void publish(LogRecord record) {
                logged.add(record.getMessage() + Arrays.toString(record.getParameters()) + record.getThrown());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger.getLogger("").addHandler(listening);
        String mark = "poison-" + UUID.randomUUID();
        byte[] garbage = SECRET.getBytes(StandardCharsets.UTF_8);
        setLargestRecord(Topics.EVALUATION, 16 << 20);
        try {
            send(mark + "-garbage", garbage, Map.of("ce_id", mark));
            send(mark + "-null", null, Map.of("ce_id", mark));
            send(mark + "-no-id", garbage, Map.of());
            send(mark + "-odd-id", garbage, Map.of("ce_id", "a\0b"));
            send(
                    mark + "-other",
                    SECRET.repeat(10).getBytes(StandardCharsets.UTF_8),
                    Map.of("ce_id", mark, "traceparent", SECRET));
            send(
                    mark + "-near-the-limit",
                    SECRET.repeat(174_000).getBytes(StandardCharsets.UTF_8),
                    Map.of("ce_id", mark));
            send(mark + "-header", garbage, Map.of("ce_id", mark, "large", "x".repeat(10 << 20)));
            send(mark + "-over-the-limit", new byte[9 << 20], Map.of("ce_id", mark));
            send("k".repeat(1 << 20), garbage, Map.of("ce_id", mark + "-last"));
            List<ConsumerRecord<String, byte[]>> dead = new TopicProbe(kafka(), Topics.EVALUATION + ".dlq")
                    .readUntil(record -> TopicProbe.header(record, "ce_id").equals(mark + "-last")).stream()
                            .filter(record -> TopicProbe.header(record, "ce_id").startsWith(mark)
                                    || record.key() != null && record.key().startsWith(mark))
                            .toList();
            assertThat(dead).hasSize(9).allSatisfy(record -> {
                assertThat(TopicProbe.header(record, "dead-letter-consumer")).isEqualTo("training-service-evaluation");
                assertThat(TopicProbe.header(record, "dead-letter-topic")).isEqualTo(Topics.EVALUATION);
                assertThat(TopicProbe.header(record, "dead-letter-offset")).matches("[0-9]+");
                record.headers().forEach(header -> {
                    if (header.key().startsWith("dead-letter")) {
                        assertThat(new String(header.value(), StandardCharsets.UTF_8))
                                .doesNotContain(SECRET);
                    }
                });
            });
            assertThat(dead)
                    .filteredOn(record ->
                            !TopicProbe.header(record, "dead-letter-cut").isEmpty())
                    .hasSize(3);
        } finally {
            Logger.getLogger("").removeHandler(listening);
            setLargestRecord(Topics.EVALUATION, 4 << 20);
        }
        assertThat(logged).noneMatch(line -> line.contains(SECRET));
        assertThat(readiness()).contains("UP");
    }

    @Test
    void theLogOfTheServiceKeepsEveryMessageOnItsLine() {
        ExtLogRecord record = new ExtLogRecord(Level.INFO, "refused name=%s", ExtLogRecord.FormatStyle.PRINTF, "test");
        record.setParameters(new Object[] {"a\n2026-01-01 INFO forged"});
        for (Handler handler : InitialConfigurator.DELAYED_HANDLER.getHandlers()) {
            if (handler.getFilter() != null) {
                handler.getFilter().isLoggable(record);
            }
        }
        assertThat(record.getMessage()).isEqualTo("refused name=a\\n2026-01-01 INFO forged");
    }

    private static void setLargestRecord(String topic, int bytes) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka()))) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, topic),
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("max.message.bytes", Integer.toString(bytes)),
                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
    }

    /// All keys go to partition 0, so that the last record comes after all others.
    private static void send(String key, byte[] value, Map<String, String> headers) throws Exception {
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka(), "max.request.size", 16 << 20),
                new StringSerializer(),
                new ByteArraySerializer())) {
            ProducerRecord<String, byte[]> record = new ProducerRecord<>(Topics.EVALUATION, 0, key, value);
            headers.forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
            producer.send(record).get();
        }
    }

    private static String kafka() {
        return Infrastructure.get().bootstrapServers();
    }
}
