package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;

import dev.finetide.e2e.OtlpReceiver.Span;
import dev.finetide.e2e.OtlpReceiver.Trail;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// A run that is applied as the object of `k8s/components/finetunerun/run.yaml` of a real control plane.
final class AppliedRun {
    private static final Path COMPONENT = Finetide.HOME.resolve("k8s/components/finetunerun");
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final ClusterStack platform;
    private final OtlpReceiver collector;

    /// @param platform with the settings of this class
    AppliedRun(ClusterStack platform, OtlpReceiver collector) {
        this.platform = platform;
        this.collector = collector;
    }

    /// Returns the settings of services that see to such objects, and of workers, so that all send their spans to a
    /// collector.
    static Map<String, String> settings(OtlpReceiver collector) {
        String endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.endpoint();
        String protocol = "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf";
        return Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                collector.endpoint(),
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "http/protobuf",
                "FINETIDE_KUBERNETES_ENVIRONMENT",
                endpoint + "," + protocol,
                "FINETIDE_KUBERNETES_FINETUNERUNS",
                "true");
    }

    /// Applies the object with few steps and the name of a model of its own, and waits for the registry's decision.
    void apply(String model) throws IOException {
        for (String file : new String[] {"crd.yaml", "rbac.yaml"}) {
            applyAll(Files.readString(COMPONENT.resolve(file)));
        }
        applyAll(Files.readString(COMPONENT.resolve("run.yaml"))
                .replace(
                        "epochs: 1",
                        "maxSteps: 4\n    evaluation: {maxNewTokens: 2}\n    model: projects/default/models/" + model));
        await().atMost(PATIENCE)
                .until(() -> status("state").equals("SUCCEEDED")
                        && !status("modelVersion").isEmpty());
    }

    /// Verifies that the run is one trace: from the object into the worker's pod, back through Kafka, into the
    /// evaluation's pod, to the registry's decision.
    void verifyTrace() {
        Span begin =
                await().atMost(PATIENCE).until(this::begin, Optional::isPresent).orElseThrow();
        // Each process sends its spans when it has some.
        await().atMost(PATIENCE).untilAsserted(() -> isWhole(collector.trail(begin.trace()), begin));
    }

    private static void isWhole(Trail trail, Span begin) {
        trail.find("training-service", "publish TrainingRunRequested", begin.id());
        Span train = trail.find("gpu-worker", "worker train", begin.id());
        trail.find("training-service", "finetide.worker.v1.AttemptService/ClaimAttempt", train.id());
        trail.find("training-service", "publish TrainingRunSucceeded", train.id());
        Span evaluate = trail.find("gpu-worker", "worker evaluate", begin.id());
        Span evaluated = trail.find("eval-service", "publish EvaluationSucceeded", evaluate.id());
        trail.find("registry-service", "process EvaluationSucceeded", evaluated.id());
    }

    private Optional<Span> begin() {
        return collector.spans().stream()
                .filter(span -> span.name().equals("create FineTuneRun"))
                .findFirst();
    }

    private void applyAll(String manifests) throws IOException {
        try (InputStream yaml = new ByteArrayInputStream(manifests.getBytes(StandardCharsets.UTF_8))) {
            for (HasMetadata object : platform.admin().load(yaml).items()) {
                if (!object.getKind().equals("CustomResourceDefinition") && !(object instanceof ClusterRole)) {
                    object.getMetadata().setNamespace(ClusterStack.NAMESPACE);
                }
                if (object instanceof RoleBinding binding) {
                    binding.getSubjects().forEach(subject -> subject.setNamespace(ClusterStack.NAMESPACE));
                }
                await().atMost(PATIENCE)
                        .ignoreExceptions()
                        .until(() -> platform.admin().resource(object).create() != null);
            }
        }
    }

    private String status(String field) {
        GenericKubernetesResource object = platform.admin()
                .genericKubernetesResources("finetide.dev/v1alpha1", "FineTuneRun")
                .inNamespace(ClusterStack.NAMESPACE)
                .withName("tickets")
                .get();
        return object.get("status") instanceof Map<?, ?> status && status.get(field) != null
                ? status.get(field).toString()
                : "";
    }
}
