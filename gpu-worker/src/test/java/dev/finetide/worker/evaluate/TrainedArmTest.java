package dev.finetide.worker.evaluate;

import static dev.finetide.worker.evaluate.EvaluationStage.OPTIONS;
import static dev.finetide.worker.evaluate.EvaluationStage.arm;
import static dev.finetide.worker.evaluate.EvaluationStage.data;
import static dev.finetide.worker.evaluate.EvaluationStage.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.LoraConfig;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.TextRow;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainedArmTest {
    @TempDir
    static Path temp;

    private static CausalLm base;

    @BeforeAll
    static void load() {
        base = CausalLm.load(EvaluationStage.DEMO, EvaluationStage.OPTIONS);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static Recording run(EvaluationData data, EvaluationArm... arms) {
        return EvaluationStage.run(base, temp, data, arms);
    }

    @Test
    void aTunedModelProvesThatItIsAnotherOneThanTheBase() throws IOException {
        adapter("learnt", 0.02, 12);
        adapter("idle", 1e-30, 1);
        base.save(temp.resolve("copy"), TensorType.BF16);

        Recording recording = run(
                data(9, 4, 0),
                trained("learnt", ModelKind.ADAPTER),
                trained("idle", ModelKind.ADAPTER),
                trained("copy", ModelKind.FULL_MODEL),
                arm("base"));

        assertThat(recording.preparations.keySet()).containsExactly("learnt", "base");
        assertThat(recording.preparations.get("learnt").getAdaptedModules()).isPositive();
        assertThat(recording.preparations.get("learnt").getLogitChange()).isPositive();
        assertThat(recording.failures.get("idle"))
                .hasMessage("the model answers exactly as its base: the adapter changes nothing");
        assertThat(recording.failures.get("copy"))
                .hasMessage("the model answers exactly as its base: the training changes nothing");
        assertThat(recording.of("learnt"))
                .allSatisfy(result -> assertThat(result.getNll())
                        .isLessThan(recording.of("base").stream()
                                .filter(other -> other.getRow() == result.getRow())
                                .findFirst()
                                .orElseThrow()
                                .getNll()));
    }

    @Test
    void anAdapterOfAnotherTemplateContractIsNotAsked() throws IOException {
        adapter("elsewhere", 0.02, 2);
        Path changed = Files.createDirectories(temp.resolve("changed"));
        try (Stream<Path> files = Files.list(EvaluationStage.DEMO)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, changed.resolve(file.getFileName()));
            }
        }
        ChatTemplate known = base.chatTemplate().orElseThrow();
        Files.writeString(
                changed.resolve("chat_template.jinja"),
                Files.readString(EvaluationStage.DEMO.resolve("chat_template.jinja")) + "{# one more #}");
        try (CausalLm other = CausalLm.load(changed, OPTIONS)) {
            assertThat(other.chatTemplate().orElseThrow().identity()).isNotEqualTo(known.identity());
            Recording recording =
                    EvaluationStage.run(other, temp, data(9, 4, 0), trained("elsewhere", ModelKind.ADAPTER));

            assertThat(recording.results).isEmpty();
            assertThat(recording.failures.get("elsewhere"))
                    .hasMessageContaining("template contract: the adapter has " + base.templateDigest())
                    .hasMessageContaining("the base has " + other.templateDigest());
        }
    }

    private static EvaluationArm trained(String name, ModelKind kind) {
        return EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder().setName(name).setModel(ArmModel.TUNED))
                .setKind(kind)
                .setDigest(name)
                .build();
    }

    private static void adapter(String name, double learningRate, int steps) {
        try (CausalLm lm = CausalLm.load(EvaluationStage.DEMO, OPTIONS)) {
            RowEncoder encoder = new RowEncoder(lm.tokenizer(), lm.chatTemplate(), 512);
            List<TokenizedRow> rows = IntStream.range(0, 12)
                    .mapToObj(i -> encoder.encode(TextRow.parse(row(i))))
                    .toList();
            SftConfig config = SftConfig.forLora()
                    .lora(new LoraConfig(4, 8, 0, false, false, List.of("all-linear")))
                    .learningRate(learningRate)
                    .maxSteps(steps)
                    .build();
            SftTrainer.train(lm, rows, config, temp.resolve("checkpoints-" + name), report -> {})
                    .save(temp.resolve(name), "base");
        }
    }
}
