package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.kit.containers.ContainerEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;

/// The main job runs through the images that are shipped: dataset, run, evaluation, model version, pull. The profile
/// `containers` runs this test.
class ServiceImagesIT {
    private static final Path DEMO = Finetide.HOME.resolve("demo");

    @TempDir
    Path directory;

    @BeforeAll
    static void anEngineAnswers() {
        ContainerEngine.missing().ifPresent(reason -> {
            System.out.println("skipped: " + reason);
            abort(reason);
        });
    }

    @Test
    void theMainJobGoesThroughTheImagesOfTheServices() throws Exception {
        try (ServiceImages images = ServiceImages.start()) {
            try {
                theMainJob(images);
            } catch (AssertionError e) {
                e.addSuppressed(new AssertionError(images.workerLogs()));
                throw e;
            }
        }
    }

    private void theMainJob(ServiceImages images) throws Exception {
        // Given
        for (GenericContainer<?> service : images.services().values()) {
            assertConfined(service);
        }
        Finetide finetide = images.finetide(directory.resolve("no-stack"));
        Path train = MainJobIT.head(directory, DEMO.resolve("support-desk/train.jsonl"), 400);
        Path test = MainJobIT.head(directory, DEMO.resolve("support-desk/test.jsonl"), 20);
        JsonNode version = MainJobIT.json(
                finetide.ok("dataset", "push", "tickets", train.toString(), "--test", test.toString(), "-o", "json"));
        assertThat(version.path("testRows").asInt()).isEqualTo(20);
        finetide.ok("base", "add", "small", DEMO.resolve("base").toString());

        // When
        String options = "--base small --dataset tickets --model tickets --method lora --max-steps 20"
                + " --checkpoint-every 10 --batch-size 16 --lr 3e-3 --eval-max-new-tokens 24";
        JsonNode outcome = finetide.train(options);

        // Then
        assertThat(outcome.at("/trainingRun/attempt").asInt()).isEqualTo(1);
        assertThat(outcome.at("/trainingRun/output/steps").asInt()).isEqualTo(20);
        if (!outcome.at("/modelVersion/state").asText().equals("APPROVED")) {
            finetide.ok("model", "approve", "tickets@1", "--reason", "e2e");
        }
        assertThat(MainJobIT.approvedVersions(Map.of("bootstrap.servers", images.bootstrapServers())))
                .containsExactly("projects/default/models/tickets/versions/1");
        Path pulled = directory.resolve("adapter");
        finetide.ok("model", "pull", "tickets@1", pulled.toString());
        try (Stream<Path> files = Files.list(pulled)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .contains("adapter_config.json", "adapter_model.safetensors", "README.md");
        }
    }

    /// Verifies that a service is confined as in `k8s/base`: its user has no name and can change no
    /// file of the image.
    private static void assertConfined(GenericContainer<?> service) throws Exception {
        ExecResult user = service.execInContainer("id", "-u");
        assertThat(user.getStdout().strip()).isEqualTo("10001");
        ExecResult write = service.execInContainer("touch", "/opt/finetide/file");
        assertThat(write.getStderr()).contains("Read-only file system");
    }
}
