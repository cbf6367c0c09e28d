package dev.finetide.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.worker.v1.ReportTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every object that this module makes, compared with `src/test/golden/CASE`: `spec.json` and `settings.properties` are
/// the input, `objects.yaml` is the expected output. `-Dgolden.write=true` writes the output again for a review.
class WorkerJobTest {
    private static final Path GOLDEN = Path.of("src/test/golden");

    static List<Path> cases() throws IOException {
        try (Stream<Path> directories = Files.list(GOLDEN)) {
            return directories.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void objectsAreThoseOfTheGoldenFile(Path directory) throws IOException {
        WorkerSpec spec = Specs.spec(directory.resolve("spec.json"));
        ClusterSettings settings = Specs.settings(directory.resolve("settings.properties"));
        WorkerJob objects =
                new WorkerJob(settings, spec.hasTrain() ? "training-service" : "eval-service", Duration.ofSeconds(60));

        Job job = objects.job(spec);
        Job known = job.edit().editMetadata().withUid("6f1c").endMetadata().build();
        String yaml = yaml(job) + yaml(objects.secret(spec, known));

        Path golden = directory.resolve("objects.yaml");
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(golden, yaml);
        }
        assertThat(yaml).isEqualTo(Files.readString(golden));
    }

    private static String yaml(HasMetadata object) {
        String yaml = Serialization.asYaml(object);
        return yaml.startsWith("---") ? yaml : "---\n" + yaml;
    }

    @Test
    void aNameIsALabelWhateverTheResourceIsCalled() {
        String long1 = "projects/a/trainingRuns/" + "X_".repeat(60) + "1";
        String long2 = "projects/a/trainingRuns/" + "X_".repeat(60) + "2";

        assertThat(JobName.of(long1, 12).text())
                .hasSizeLessThanOrEqualTo(63)
                .matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?")
                .isNotEqualTo(JobName.of(long2, 12).text())
                .isEqualTo(JobName.of(long1, 12).text());
        assertThat(JobName.of("projects/a/trainingRuns/run-1", 1).text())
                .isNotEqualTo(JobName.of("projects/b/trainingRuns/run-1", 1).text());
    }

    @Test
    void theKeysOfEndpointsAreMountedFromTheirSecret() throws IOException {
        WorkerSpec spec = Specs.spec(cases().getFirst().resolve("spec.json"));
        ClusterSettings settings = Specs.settings(Map.of("image", "worker", "keys-secret", "endpoint-keys"));
        String yaml = yaml(new WorkerJob(settings, "eval-service", Duration.ofSeconds(60)).job(spec));
        assertThat(yaml)
                .contains("secretName: \"endpoint-keys\"")
                .contains("mountPath: \"/etc/finetide-keys\"")
                .contains("name: \"FINETIDE_KEYS\"");
    }

    @Test
    void aWorkerLogsInToKafkaByTheSecretsThatStrimziMakes() throws IOException {
        WorkerSpec spec = Specs.spec(cases().getFirst().resolve("spec.json"));
        ClusterSettings settings = Specs.settings(
                Map.of("image", "worker", "kafka-secret", "kafka-gpu-worker", "kafka-ca-secret", "kafka-ca"));
        String yaml = yaml(new WorkerJob(settings, "eval-service", Duration.ofSeconds(60)).job(spec));
        assertThat(yaml)
                .containsPattern("KAFKA_SECURITY_PROTOCOL\"\\s+value: \"SASL_SSL\"")
                .containsPattern("key: \"sasl.jaas.config\"\\s+name: \"kafka-gpu-worker\"")
                .containsPattern("key: \"ca.crt\"\\s+name: \"kafka-ca\"");
    }

    @Test
    void aWorkerSeesTheAuthorityOfTheServicesAndNotItsKey() throws IOException {
        WorkerSpec spec = Specs.spec(cases().getFirst().resolve("spec.json"));
        ClusterSettings settings = Specs.settings(Map.of("image", "worker", "ca-secret", "finetide-ca"));
        String yaml = yaml(new WorkerJob(settings, "eval-service", Duration.ofSeconds(60)).job(spec));
        assertThat(yaml)
                .containsPattern("name: \"FINETIDE_CA_FILE\"\\s+value: \"/etc/finetide-ca/ca.crt\"")
                .containsPattern("items:\\s+- key: \"ca.crt\"\\s+path: \"ca.crt\"\\s+secretName: \"finetide-ca\"");
    }

    @Test
    void aReportWithoutABaseTakesNeitherAGpuNorAPlaceInTheQueue() {
        ClusterSettings settings =
                Specs.settings(Map.of("image", "worker", "queue", "finetide", "gpu-product", "NVIDIA-H200"));
        WorkerJob jobs = new WorkerJob(settings, "dataset-service", Duration.ofSeconds(60));
        WorkerSpec.Builder report = WorkerSpec.newBuilder()
                .setResource("projects/default/datasetReports/report-1")
                .setAttempt(1)
                .setReport(ReportTask.getDefaultInstance());

        String alone = yaml(jobs.job(report.build()));
        String withBase =
                yaml(jobs.job(report.setBase(Base.newBuilder().setName("tiny")).build()));

        assertThat(alone)
                .contains("report-report-1-")
                .contains("- \"report\"")
                .contains("memory: \"4Gi\"")
                .doesNotContain("nvidia.com")
                .doesNotContain("kueue");
        assertThat(withBase).contains("nvidia.com/gpu: \"1\"").contains("queue-name: \"finetide\"");
    }

    @Test
    void anImageIsRequired() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WorkerJob(Specs.settings(Map.of()), "training-service", Duration.ofSeconds(1)))
                .withMessageContaining("finetide.kubernetes.image");
    }
}
