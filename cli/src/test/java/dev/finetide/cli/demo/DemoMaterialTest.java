package dev.finetide.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.Schedule;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoMaterialTest {
    @TempDir
    Path directory;

    @Test
    void theRecipeBecomesATrainingConfig() throws IOException {
        recipe("""
                {"method": "lora", "rank": 16, "alpha": 32, "targets": "all-linear", "learningRate": 0.005,
                 "schedule": "cosine", "batchSize": 32, "epochs": 2, "maxNewTokens": 64, "seed": 7}
                """);

        assertThat(new DemoMaterial(directory).recipe())
                .isEqualTo(TrainingConfig.newBuilder()
                        .setMethod(Method.LORA)
                        .setLora(LoraConfig.newBuilder().setRank(16).setAlpha(32))
                        .setLearningRate(0.005)
                        .setSchedule(Schedule.COSINE)
                        .setBatchSize(32)
                        .setEpochs(2)
                        .setEvaluation(EvaluationConfig.newBuilder().setMaxNewTokens(64))
                        .setSeed(7)
                        .build());
    }

    @Test
    void armsOfTheRecipeAreThoseThatUsersType() throws IOException {
        recipe("{\"method\": \"lora\", \"arms\": [\"base\", \"few-shot=similar:4\", \"tuned\"]}");

        assertThat(new DemoMaterial(directory).recipe().getEvaluation().getArmsList())
                .extracting(Arm::getName)
                .containsExactly("base", "few-shot", "tuned");
    }

    @Test
    void anUnknownSettingIsRefusedByName() throws IOException {
        recipe("{\"method\": \"lora\", \"learninRate\": 1}");

        assertThatThrownBy(() -> new DemoMaterial(directory).recipe())
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining("recipe.json")
                .hasMessageContaining("learninRate");
    }

    @Test
    void theExampleIsTheFirstHeldOutRowOfEitherForm() throws IOException {
        rows("{\"prompt\": \"p\", \"completion\": \"c\"}\nmore\n");
        assertThat(new DemoMaterial(directory).example()).isEqualTo(new DemoMaterial.Example("p", "c"));

        rows("""
                {"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}
                """);
        assertThat(new DemoMaterial(directory).example()).isEqualTo(new DemoMaterial.Example("u", "a"));
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThatThrownBy(() -> new DemoMaterial(directory).requireComplete())
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining("base does not exist");
    }

    private void recipe(String json) throws IOException {
        Files.writeString(directory.resolve("recipe.json"), json);
    }

    private void rows(String lines) throws IOException {
        Files.createDirectories(directory.resolve("support-desk"));
        Files.writeString(directory.resolve("support-desk/test.jsonl"), lines);
    }
}
