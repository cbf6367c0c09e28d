package dev.finetide.training;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kubernetes.FineTuneRunController;
import dev.finetide.kubernetes.LauncherAccount;
import dev.finetide.kubernetes.TestCluster;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.WorkerEvent;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// Tests `FineTuneRun` objects on a real API server, handled with the decisions of the real service and with only the
/// rights that `k8s/components/finetunerun` gives. People use `kubectl`.
@EnabledIf("dev.finetide.kubernetes.TestCluster#isBuilt")
class FineTuneRunIT {
    private static final Path COMPONENT = Path.of("../k8s/components/finetunerun");

    @TempDir
    Path directory;

    private final String namespace = "finetunes-" + UUID.randomUUID().toString().substring(0, 8);
    private final Stage stage = new Stage();
    private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor();
    private TestCluster cluster;
    private KubernetesClient admin;
    private volatile Optional<FineTuneRunController> controller = Optional.empty();

    @BeforeEach
    void open() throws Exception {
        cluster = TestCluster.shared();
        admin = cluster.client();
        kubectl("apply", "-f", COMPONENT.resolve("crd.yaml").toString());
        kubectl("wait", "--for=condition=Established", "crd/finetuneruns.finetide.dev");
        createNamespace();
        controller = Optional.of(controller());
        ticks.scheduleWithFixedDelay(
                () -> controller.ifPresent(FineTuneRunController::tick), 0, 100, TimeUnit.MILLISECONDS);
    }

    private void createNamespace() throws IOException {
        LauncherAccount.create(admin, namespace);
        try (InputStream yaml = Files.newInputStream(COMPONENT.resolve("rbac.yaml"))) {
            for (HasMetadata object : admin.load(yaml).items()) {
                if (object instanceof Role || object instanceof RoleBinding) {
                    object.getMetadata().setNamespace(namespace);
                    if (object instanceof RoleBinding binding) {
                        binding.getSubjects().forEach(subject -> subject.setNamespace(namespace));
                    }
                    admin.resource(object).create();
                }
            }
        }
    }

    @AfterEach
    void close() {
        ticks.shutdownNow();
        controller.ifPresent(FineTuneRunController::close);
        admin.namespaces().withName(namespace).delete();
        admin.close();
    }

    @Test
    void anObjectIsARunFromItsApplyToItsDeletion() throws Exception {
        // The object makes one run, also for a controller that knows nothing.
        String run = aRun("good");
        controller.orElseThrow().takeOver();
        assertThat(kubectl("get", "finetuneruns")).contains("STATE", "LOSS", "AGE", "QUEUED");

        // The object shows how the run goes on.
        stage.runs.tick();
        Stage.Worker worker = stage.worker(run);
        worker.started();
        report(worker.next()
                .setStep(TrainingProgress.newBuilder()
                        .setStep(3)
                        .setTotalSteps(10)
                        .setLoss(1.23456789)));
        await().until(() -> column("good", ".status.loss").equals("1.2346"));
        assertThat(kubectl("get", "ftr")).containsPattern("good +RUNNING +3 +1.2346 +\\d+s");

        // A run's settings do not change.
        assertThatThrownBy(() -> apply("good", "maxSteps: 11")).hasMessageContaining("its run exists");

        // A client that waits is notified of the end.
        Process waiting = start("wait", "--for=condition=Succeeded", "finetunerun/good", "--timeout=180s");
        worker.finished();
        assertThat(waiting.waitFor(4, TimeUnit.MINUTES)).isTrue();
        assertThat(waiting.exitValue()).isZero();
        kubectl("delete", "finetunerun", "good", "--timeout=180s");
        assertThat(stage.state(run)).isEqualTo(State.SUCCEEDED);
        assertThat(runs()).isEqualTo(1);
    }

    @Test
    void whatTheServiceRefusesIsSaidInItsOwnWords() throws Exception {
        restartWith(TestLimits.of(Limit.QUEUED_RUNS, 1));
        apply("steps", "maxSteps: -5");
        apply("setting", "maxStepz: 5");
        apply("dataset", "maxSteps: 5", "datasetVersion: projects/default/datasets/gone/versions/1");

        await().until(() -> column("steps", ".status.conditions[0].message").startsWith("config.max_steps:"));
        await().until(() -> column("setting", ".status.conditions[0].message").contains("maxStepz"));
        await().until(() -> column("dataset", ".status.conditions[0].reason").equals("RESOURCE_NOT_FOUND"));
        assertThat(kubectl("get", "finetuneruns", "-o", "wide")).contains("REFUSED", "config.max_steps:");
        assertThat(runs()).isZero();

        // After the mistake is corrected, the object makes a run.
        apply("steps", "maxSteps: 5");
        await().until(() -> column("steps", ".status.state").equals("QUEUED"));

        // An object beyond the project's limit is not lost: it waits until there is room.
        apply("setting", "maxSteps: 5");
        await().until(() -> column("setting", ".status.conditions[0].reason").equals("QUOTA_EXCEEDED"));
        assertThat(column("setting", ".status.conditions[0].message")).contains("1 runs that wait, and may have 1");
        stage.runs.tick(); // the first run waits no longer
        await().until(() -> column("setting", ".status.state").equals("QUEUED"));
        kubectl("delete", "finetuneruns", "--all", "--timeout=180s");
        assertThat(runs()).isEqualTo(2);
    }

    @Test
    void deletingAnObjectCancelsItsRun() throws Exception {
        Stage.Worker worker = aRunningRun("leaving");
        // A finalizer of somebody else keeps the object, so that the test sees it leave.
        kubectl("patch", "ftr", "leaving", "--type=merge", "-p", "{\"metadata\":{\"finalizers\":[\"a.test/held\"]}}");
        kubectl("delete", "finetunerun", "leaving", "--wait=false");
        await().until(() -> column("leaving", ".status.state").equals("CANCELLING"));
        worker.stopped();
        await().until(() -> column("leaving", ".status.state").equals("CANCELLED"));
        kubectl("patch", "ftr", "leaving", "--type=merge", "-p", "{\"metadata\":{\"finalizers\":[]}}");
        assertThat(runs()).isEqualTo(1);
    }

    @Test
    void deletingTheNamespaceCancelsItsRunsAndHangsOnNone() throws Exception {
        Stage.Worker worker = aRunningRun("running");
        String waiting = aRun("waiting");
        kubectl("delete", "namespace", namespace, "--timeout=180s");
        await().until(() -> stage.state(worker.run) == State.CANCELLING);
        await().until(() -> stage.state(waiting) == State.CANCELLED);
        worker.stopped();
        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLED);
    }

    @Test
    void aNamespaceThatIsDeletedWhileNobodyLooksHangsOnNoneAndItsRunsAreCancelledLater() throws Exception {
        // Given
        Stage.Worker worker = aRunningRun("running");
        String waiting = aRun("waiting");
        ticks.submit(() -> {
                    controller.orElseThrow().close();
                    controller = Optional.empty();
                })
                .get();
        // When
        kubectl("delete", "namespace", namespace, "--timeout=180s");
        createNamespace();
        assertThat(stage.state(waiting)).isEqualTo(State.QUEUED);
        controller = Optional.of(controller());
        // Then
        await().until(() -> stage.state(waiting) == State.CANCELLED);
        await().until(() -> stage.state(worker.run) == State.CANCELLING);
        // The same object, applied again, is another one.
        assertThat(aRun("waiting")).isNotEqualTo(waiting);
    }

    private String aRun(String object) throws Exception {
        apply(object, "maxSteps: 10");
        return await().until(() -> column(object, ".status.run"), run -> !run.isEmpty());
    }

    private Stage.Worker aRunningRun(String object) throws Exception {
        String run = aRun(object);
        stage.runs.tick();
        Stage.Worker worker = stage.worker(run);
        worker.started();
        return worker;
    }

    @Test
    void anApiServerThatHangsIsCaughtUpWith() throws Exception {
        String run = aRun("patient");
        ProcessHandle apiServer = cluster.program("kube-apiserver");

        TestCluster.signal(apiServer, "STOP");
        try {
            stage.runs.tick();
            Stage.Worker worker = stage.worker(run);
            worker.started();
            // The pause is longer than a request may take.
            await().during(Duration.ofSeconds(15)).until(apiServer::isAlive);
            worker.finished();
        } finally {
            TestCluster.signal(apiServer, "CONT");
        }

        await().until(() -> column("patient", ".status.state").equals("SUCCEEDED"));
        kubectl("delete", "finetunerun", "patient", "--timeout=180s");
        assertThat(runs()).isEqualTo(1);
    }

    @Test
    void theServiceMayNeitherMakeNorDeleteThem() throws Exception {
        apply("somebodys", "maxSteps: 10");
        for (String verb : List.of("create", "update", "patch", "delete", "deletecollection")) {
            assertThat(can(verb, "finetuneruns.finetide.dev")).as(verb).startsWith("no");
        }
        assertThat(can("patch", "finetuneruns.finetide.dev", "--subresource=status"))
                .startsWith("yes");
        assertThat(can("list", "secrets")).startsWith("no");
        kubectl("delete", "finetunerun", "somebodys", "--timeout=180s");
    }

    /// Starts the controller as a process with the settings that the component gives it.
    @Test
    void theServiceItselfMakesRunsOfThem() throws Exception {
        ticks.shutdownNow();
        assertThat(ticks.awaitTermination(3, TimeUnit.MINUTES)).isTrue();
        TrainingParts parts = new TrainingParts();
        Map<String, String> settings = new HashMap<>(Map.of(
                "FINETIDE_KUBERNETES_FINETUNERUNS",
                "true",
                "FINETIDE_KUBERNETES_NAMESPACE",
                namespace,
                "KUBECONFIG",
                LauncherAccount.kubeconfig(admin, namespace, "training-service", directory.resolve("kubeconfig"))
                        .toString()));
        parts.start()
                .forEach((key, value) -> settings.put(
                        key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'), value));
        for (String channel : new String[] {"WORKER", "EVALUATION", "MODEL"}) {
            settings.put("MP_MESSAGING_INCOMING_" + channel + "_GROUP_ID", namespace + channel);
        }
        try (ServiceProcess service = new ServiceProcess("training_finetunes", directory, settings)) {
            service.start();
            apply("real", "maxSteps: 5", "warmupSteps: 0");
            await().until(() -> column("real", ".status.state").equals("SUCCEEDED"));
            assertThat(column("real", ".status.conditions[?(@.type==\"Succeeded\")].status"))
                    .isEqualTo("True");
            kubectl("delete", "finetunerun", "real", "--timeout=180s");
        } finally {
            parts.stop();
        }
    }

    private FineTuneRunController controller() {
        KubernetesClient its = new KubernetesClientBuilder()
                .withConfig(LauncherAccount.config(admin, namespace, "training-service"))
                .build();
        return new FineTuneRunController(
                its,
                namespace,
                FineTuneRuns.runs(stage.runs, () -> {}, OpenTelemetry.noop().getTracer("test")),
                Clock.systemUTC());
    }

    /// Starts the service and its controller again.
    private void restartWith(Limits limits) {
        controller.ifPresent(FineTuneRunController::close);
        stage.limits = limits;
        stage.restart();
        controller = Optional.of(controller());
    }

    private void report(WorkerEvent.Builder event) {
        stage.runs.on(event.build());
    }

    private int runs() {
        return stage.runs
                .list(ListTrainingRunsRequest.newBuilder()
                        .setParent("projects/default")
                        .build())
                .getTrainingRunsCount();
    }

    private void apply(String name, String... settings) throws Exception {
        List<String> lines = new ArrayList<>(List.of(settings));
        lines.add("base: " + FakeCatalog.BASE);
        lines.add("method: LORA");
        if (lines.stream().noneMatch(line -> line.startsWith("datasetVersion"))) {
            lines.add("datasetVersion: " + FakeCatalog.DATASET + "latest");
        }
        Path file = Files.writeString(
                directory.resolve(name + ".yaml"),
                "apiVersion: finetide.dev/v1alpha1%nkind: FineTuneRun%nmetadata: {name: %s}%nspec: {config: {%s}}%n"
                        .formatted(name, String.join(", ", lines)));
        kubectl("apply", "-f", file.toString());
    }

    private String column(String name, String path) throws Exception {
        return kubectl("get", "finetunerun", name, "-o", "jsonpath={" + path + "}");
    }

    private String can(String verb, String resource, String... part) throws Exception {
        List<String> question = new ArrayList<>(List.of("auth", "can-i", verb, resource));
        question.add("--as=system:serviceaccount:" + namespace + ":training-service");
        question.addAll(List.of(part));
        Process asked = start(question.toArray(String[]::new));
        return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    private String kubectl(String... arguments) throws Exception {
        Process process = start(arguments);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("kubectl " + String.join(" ", arguments) + ": " + output);
        }
        return output;
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                TestCluster.kubectl().toString(), "--kubeconfig=" + cluster.kubeconfig(), "--namespace=" + namespace));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return process;
    }
}
