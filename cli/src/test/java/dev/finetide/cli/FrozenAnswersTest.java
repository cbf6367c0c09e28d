package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.platform.Datasets;
import dev.finetide.cli.platform.Evaluations;
import dev.finetide.cli.platform.Platform;
import dev.finetide.cli.platform.Registry;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files of collected answers as arms of an evaluation.
class FrozenAnswersTest {
    private final Evaluations evaluations = new Evaluations();
    private final Datasets datasets = new Datasets();

    @TempDir
    private Path directory;

    private Platform platform;

    @BeforeEach
    void start() throws IOException {
        platform = new Platform(evaluations, new Registry(), datasets);
        String row = "{\"prompt\": \"a\", \"completion\": \"b\"}\n";
        Path train = Files.writeString(directory.resolve("train.jsonl"), row.repeat(5));
        Path test = Files.writeString(directory.resolve("test.jsonl"), row.repeat(2));
        CliRun pushed =
                CliRun.against(platform, "dataset", "push", "desk", train.toString(), "--test", test.toString());
        assertThat(pushed.exitCode()).as(pushed.err()).isZero();
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    private CliRun create(String answers) throws IOException {
        Path file = Files.writeString(directory.resolve("answers.jsonl"), answers);
        return CliRun.against(
                platform, "eval", "create", "--base", "tiny", "--dataset", "desk@1", "--arm", "old=frozen:" + file);
    }

    @Test
    void aFileIsPushedAndItsArmNamesTheVersion() throws IOException {
        CliRun run = create("{\"row\": 2, \"answer\": \"two\"}\n{\"row\": 1, \"answer\": \"\"}\n");

        assertThat(run.exitCode()).as(run.err()).isZero();
        ImportDatasetVersionRequest pushed = datasets.imports.getLast();
        assertThat(pushed.getDataset()).isEqualTo("projects/default/datasets/desk-answers");
        assertThat(pushed.getRead().getAllowEmpty()).isTrue();
        assertThat(pushed.getSplit().hasTestFraction()).isTrue();
        assertThat(pushed.getSplit().getTestFraction()).isZero();
        assertThat(datasets.bytesOf("train").toStringUtf8()).isEqualTo("""
                {"prompt":"1","completion":""}
                {"prompt":"2","completion":"two"}
                """);
        Arm arm = evaluations.created.getFirst().getSpec().getConfig().getArms(0);
        assertThat(arm.getModel()).isEqualTo(ArmModel.FROZEN);
        assertThat(arm.getFrozenAnswers()).startsWith("projects/default/datasets/desk-answers/versions/");
    }

    @Test
    void aFileThatMissesARowIsRefusedBeforeAnythingIsPushed() throws IOException {
        CliRun run = create("{\"row\": 2, \"answer\": \"two\"}\n");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).contains("1 of 2 rows have no answer, the first of them is row 1");
        assertThat(datasets.imports).hasSize(1);
        assertThat(evaluations.created).isEmpty();
    }

    @Test
    void runsAndAdviceTakeNoCollectedAnswers() {
        CliRun run = CliRun.against(
                platform, "run", "create", "--base", "tiny", "--dataset", "desk", "--eval-arm", "old=frozen:a.jsonl");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("arm old: collected answers can be compared by finetide eval create alone");
    }
}
