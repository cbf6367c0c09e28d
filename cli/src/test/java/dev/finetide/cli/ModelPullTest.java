package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.finetide.cli.platform.Models;
import dev.finetide.cli.platform.Platform;
import dev.finetide.embedded.JavaCommand;
import dev.finetide.proto.model.v1.ModelVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelPullTest {
    private static final String NAME = "projects/default/models/support-desk/versions/1";
    private static final ByteString WEIGHTS = ByteString.copyFrom(new byte[10_500]);
    private static final Map<String, ByteString> FILES = Map.of(
            "adapter_model.safetensors",
            WEIGHTS,
            "adapter_config.json",
            ByteString.copyFromUtf8("{}"),
            "empty.txt",
            ByteString.EMPTY);

    @TempDir
    Path directory;

    private final Models models = new Models();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(models);
        models.add(NAME, "run", ModelVersion.State.APPROVED, FILES);
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void allFilesArriveAndNothingElseIsLeft() throws IOException {
        CliRun run = pull("support-desk");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(names(directory)).containsExactly("adapter");
        assertThat(names(target())).containsExactly("adapter_config.json", "adapter_model.safetensors", "empty.txt");
        assertThat(Files.readAllBytes(target().resolve("adapter_model.safetensors")))
                .isEqualTo(WEIGHTS.toByteArray());
    }

    @Test
    void cutDownloadsGoOnWhereTheyWereCut() {
        models.cuts.set(4);

        CliRun run = pull("support-desk@1");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("registry-service").contains("trying again");
    }

    @Test
    void aPullThatIsToldToStopLeavesNothing() throws IOException {
        models.stalled = true;
        ProcessBuilder command = new ProcessBuilder(
                JavaCommand.executable(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.finetide.cli.Main",
                "model",
                "pull",
                "support-desk",
                target().toString(),
                "--registry-endpoint",
                platform.endpoint());
        command.environment().put("FINETIDE_TOKEN", "a-token");
        Process pull = command.start();
        await().atMost(Duration.ofMinutes(3)).until(() -> names(directory), names -> !names.isEmpty());
        assertThat(names(directory).getFirst()).startsWith(".adapter.partial-");

        pull.destroy();

        await().atMost(Duration.ofMinutes(3)).until(() -> !pull.isAlive());
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void bytesThatDoNotMatchTheirDigestLeaveNothing() throws IOException {
        models.sent.put(
                "adapter_model.safetensors",
                ByteString.copyFrom(new byte[10_499]).concat(ByteString.copyFromUtf8("x")));

        CliRun run = pull("support-desk");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("adapter_model.safetensors").contains("SHA-256");
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void moreBytesThanAnnouncedLeaveNothing() throws IOException {
        models.sent.put("adapter_model.safetensors", WEIGHTS.concat(WEIGHTS));

        CliRun run = pull("support-desk");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void aPathOutsideTheTargetIsRefused() throws IOException {
        models.add(NAME, "run", ModelVersion.State.APPROVED, Map.of("../evil.json", ByteString.EMPTY));

        CliRun run = pull("support-desk");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("outside");
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void aDirectoryInUseIsNotTouched() throws IOException {
        Files.createDirectory(target());
        Files.writeString(target().resolve("mine.txt"), "mine");

        CliRun run = pull("support-desk");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).contains("not empty");
        assertThat(names(target())).containsExactly("mine.txt");
        assertThat(names(directory)).containsExactly("adapter");
    }

    @Test
    void onlyApprovedVersionsArePulled() throws IOException {
        models.add(NAME, "run", ModelVersion.State.REVOKED, FILES);

        CliRun run = pull("support-desk@1");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).contains("only approved");
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void anUnknownModelIsNotFound() {
        assertThat(pull("nobody").exitCode()).isEqualTo(3);
    }

    @Test
    void aReviewNamesItsVersionAndShowsWhyItIsRefused() {
        assertThat(CliRun.against(platform, "model", "approve", "support-desk").exitCode())
                .isEqualTo(2);

        CliRun refused = CliRun.against(platform, "model", "approve", "support-desk@1");
        assertThat(refused.exitCode()).isEqualTo(4);
        assertThat(refused.err()).contains("cannot approve").contains("APPROVED");

        models.add(NAME, "run", ModelVersion.State.PENDING_APPROVAL, FILES);
        CliRun approved = CliRun.against(platform, "model", "approve", "support-desk@1");
        assertThat(approved.out()).isEqualToIgnoringNewLines("support-desk@1 is approved");
    }

    private Path target() {
        return directory.resolve("adapter");
    }

    private CliRun pull(String name) {
        return CliRun.against(platform, "model", "pull", name, target().toString());
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }
}
