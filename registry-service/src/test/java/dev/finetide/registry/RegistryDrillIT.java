package dev.finetide.registry;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.BlobStores;
import dev.finetide.embedded.SharedInfrastructure;
import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.evaluation.v1.EvaluationSucceeded;
import dev.finetide.proto.model.v1.ListModelVersionsRequest;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ModelVersion.State;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunSucceeded;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Kills the packaged service and restarts broker and database while runs arrive. Each run ends in one approved version
/// and its events, in order.
class RegistryDrillIT {
    private static final int RUNS = 40;

    @TempDir
    Path directory;

    private final String bootstrapServers = Infrastructure.get().bootstrapServers();
    private final String model = "drill-" + UUID.randomUUID().toString().substring(0, 8);

    @Test
    @DisabledIfSystemProperty(
            named = Infrastructure.OF_IMAGES,
            matches = "true",
            disabledReason = "restarts the embedded broker and database")
    void everyRunEndsInOneApprovedVersion() throws Exception {
        try (ServiceProcess service = new ServiceProcess(
                "registry_drill", directory, Map.of("REGISTRY_POLICY_RULES", "tuned beats untrained"))) {
            service.start();
            BlobStore blobs = BlobStores.open(directory.resolve("blobs").toUri());

            // When every event comes twice, and one thing after the other breaks
            for (int i = 0; i < RUNS; i++) {
                tell(Trained.run(blobs, model + "-" + i, model));
                if (i == RUNS / 4) {
                    service.kill();
                    service.start();
                } else if (i == RUNS / 2) {
                    SharedInfrastructure.get().kafka().close();
                    SharedInfrastructure.get().kafka().start();
                } else if (i == 3 * RUNS / 4) {
                    SharedInfrastructure.get().postgres().close();
                    SharedInfrastructure.get().postgres().start();
                }
            }
            service.kill();
            service.start();

            // Then
            List<ModelVersion> versions = await().ignoreException(StatusRuntimeException.class)
                    .until(
                            () -> versions(service),
                            found -> found.size() == RUNS
                                    && found.stream().allMatch(version -> version.getState() == State.APPROVED));
            assertThat(versions).extracting(ModelVersion::getTrainingRun).doesNotHaveDuplicates();
            assertThat(versions).extracting(ModelVersion::getName).doesNotHaveDuplicates();
            assertThat(eventsByVersion(versions))
                    .hasSize(RUNS)
                    .allSatisfy((name, events) -> assertThat(events)
                            .containsSubsequence("MODEL_VERSION_REGISTERED", "MODEL_VERSION_APPROVED")
                            .endsWith("MODEL_VERSION_APPROVED"));
        }
    }

    private void tell(TrainingRun run) {
        TrainingEvent trained = TrainingEvent.newBuilder()
                .setTrainingRunSucceeded(TrainingRunSucceeded.newBuilder().setTrainingRun(run))
                .build();
        EvaluationEvent evaluated = EvaluationEvent.newBuilder()
                .setEvaluationSucceeded(
                        EvaluationSucceeded.newBuilder().setEvaluation(Trained.evaluated(run, 0.1, 0.9)))
                .build();
        twice("finetide.training.v1", run.getName(), trained);
        twice("finetide.evaluation.v1", run.getName(), evaluated);
    }

    private void twice(String topic, String key, Message event) {
        Map<String, String> headers = Map.of("ce_id", UUID.randomUUID().toString());
        new TopicProbe(bootstrapServers, topic).send(key, event.toByteArray(), headers);
        new TopicProbe(bootstrapServers, topic).send(key, event.toByteArray(), headers);
    }

    private List<ModelVersion> versions(ServiceProcess service) throws InterruptedException {
        ManagedChannel channel = service.channel();
        try {
            return ModelServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .listModelVersions(ListModelVersionsRequest.newBuilder()
                            .setParent("projects/default/models/" + model)
                            .setPageSize(1000)
                            .build())
                    .getModelVersionsList();
        } finally {
            channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    /// Returns the kinds of events of each version. Delivery is at least once, so an event may appear twice, each
    /// time followed by the same events.
    private Map<String, List<String>> eventsByVersion(List<ModelVersion> versions) {
        TopicProbe probe = new TopicProbe(bootstrapServers, "finetide.model.v1");
        List<String> names = versions.stream().map(ModelVersion::getName).toList();
        List<ConsumerRecord<String, byte[]>> records = await().until(
                        () -> probe.readUntil(record -> names.contains(record.key())),
                        read -> names.stream().allMatch(name -> approved(read, name)));
        return records.stream()
                .filter(record -> names.contains(record.key()))
                .collect(Collectors.groupingBy(
                        ConsumerRecord::key, Collectors.mapping(RegistryDrillIT::kind, Collectors.toList())));
    }

    private static boolean approved(List<ConsumerRecord<String, byte[]>> records, String name) {
        return records.stream()
                .anyMatch(record -> name.equals(record.key()) && kind(record).equals("MODEL_VERSION_APPROVED"));
    }

    private static String kind(ConsumerRecord<String, byte[]> record) {
        try {
            return ModelEvent.parseFrom(record.value()).getEventCase().name();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
