package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.modelfiles.LinearLayers;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.Precision;
import dev.finetide.proto.training.v1.ResultWeights;
import dev.finetide.proto.training.v1.Schedule;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ConfigRulesTest {
    private final FakeCatalog catalog = new FakeCatalog();

    @Test
    void everyFieldIsSetToTheValueThatIsUsed() {
        TrainingConfig full = complete(Stage.config().build());
        assertThat(full.getDatasetVersion()).isEqualTo(FakeCatalog.DATASET + "3");
        assertThat(full.getModel()).isEqualTo("projects/default/models/tickets");
        assertThat(full.getLora().getRank()).isEqualTo(16);
        assertThat(full.getLora().getAlpha()).isEqualTo(32);
        assertThat(full.getLora().getTargetModulesList()).isEqualTo(LinearLayers.NAMES);
        assertThat(full.getLearningRate()).isEqualTo(2e-4);
        assertThat(full.getSchedule()).isEqualTo(Schedule.COSINE);
        assertThat(full.getPrecision()).isEqualTo(Precision.PRECISION_UNSPECIFIED);
        assertThat(full.getBatchSize()).isEqualTo(16);
        assertThat(full.getEpochs()).isEqualTo(3);
        assertThat(full.getWarmupSteps()).as("3 % of 3 * 63 steps").isEqualTo(6);
        assertThat(full.getSeed()).isEqualTo(42);
        assertThat(full.getCheckpointEverySteps()).isEqualTo(50);
        assertThat(full.getMaxAttempts()).isEqualTo(3);
        assertThat(full.getMaxLength()).as("the base's context").isEqualTo(512);
        assertThat(full.getEvaluation().hasMaxNewTokens())
                .as("the rows decide it")
                .isFalse();
        assertThat(full.getEvaluation().getMaxRows()).isEqualTo(100);
    }

    @Test
    void theMachineIsLeftToTheWorkerUnlessItIsNamed() {
        TrainingConfig full = complete(Stage.config().build());
        assertThat(full.getDevice()).isEqualTo("auto");
        assertThat(full.hasThreads()).isFalse();
        assertThat(full.hasMemoryBudgetBytes()).isFalse();
        assertThat(complete(Stage.config().setDevice("cuda:1").setThreads(4).build())
                        .getDevice())
                .isEqualTo("cuda:1");
        assertThatThrownBy(() -> complete(Stage.config()
                        .setDevice("tpu")
                        .setThreads(0)
                        .setMemoryBudgetBytes(0)
                        .setMicroBatchTokens(-1)
                        .build()))
                .hasMessageContaining("config.device")
                .hasMessageContaining("expected auto, cpu, cuda or cuda:N, got \"tpu\"")
                .hasMessageContaining("config.threads")
                .hasMessageContaining("config.memory_budget_bytes")
                .hasMessageContaining("config.micro_batch_tokens");
    }

    @Test
    void fullFineTuningHasItsOwnLearningRateAndNoLora() {
        TrainingConfig full = complete(Stage.config().setMethod(Method.FULL).build());
        assertThat(full.getLearningRate()).isEqualTo(2e-5);
        assertThat(full.hasLora()).isFalse();
    }

    @Test
    void whatTheUserChoseStays() {
        TrainingConfig chosen = Stage.config()
                .setLearningRate(1e-3)
                .setMaxSteps(10)
                .setWarmupSteps(0)
                .setMaxGradNorm(0)
                .setSeed(0)
                .setCheckpointEverySteps(0)
                .build();
        TrainingConfig full = complete(chosen);
        assertThat(full.getLearningRate()).isEqualTo(1e-3);
        assertThat(full.hasEpochs()).isFalse();
        assertThat(full.getWarmupSteps()).isZero();
        assertThat(full.hasWarmupSteps()).isTrue();
        assertThat(full.getMaxGradNorm()).isZero();
        assertThat(full.getSeed()).isZero();
        assertThat(full.getCheckpointEverySteps()).isZero();
    }

    @Test
    void everyViolationIsNamedAtOnceWithExpectedAndActual() {
        TrainingConfig bad = Stage.config()
                .setBase("projects/other/bases/tiny")
                .setLearningRate(-1)
                .setBatchSize(0)
                .setWeightDecay(Double.NaN)
                .setEpochs(3)
                .setMaxSteps(10)
                .setLora(LoraConfig.newBuilder().setRank(0).setDropout(1).addTargetModules("lm_head"))
                .build();
        assertThatThrownBy(() -> ConfigRules.check("default", bad))
                .isInstanceOfSatisfying(ApiException.class, refused -> {
                    assertThat(refused.violations())
                            .extracting(FieldViolation::field)
                            .containsExactlyInAnyOrder(
                                    "config.base",
                                    "config.learning_rate",
                                    "config.batch_size",
                                    "config.weight_decay",
                                    "config.epochs",
                                    "config.lora.rank",
                                    "config.lora.dropout",
                                    "config.lora.target_modules");
                    assertThat(refused.getMessage())
                            .contains("config.learning_rate: expected a finite number above 0, got -1.0");
                });
    }

    @Test
    void whatIsRequiredIsNamed() {
        assertThatThrownBy(() -> ConfigRules.check("default", TrainingConfig.getDefaultInstance()))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.violations())
                                .extracting(FieldViolation::field)
                                .isEqualTo(List.of("config.dataset_version", "config.base", "config.method")));
    }

    @Test
    void loraIsRefusedForFullFineTuning() {
        TrainingConfig bad = Stage.config()
                .setMethod(Method.FULL)
                .setLora(LoraConfig.getDefaultInstance())
                .setQlora(true)
                .build();
        assertThatThrownBy(() -> ConfigRules.check("default", bad))
                .hasMessageContaining("config.lora")
                .hasMessageContaining("config.qlora: expected false where config.method is FULL");
    }

    @Test
    void targetsAreNamesOrOneRegularExpression() {
        assertThat(targets("q_proj", "0.mlp.up_proj")).isEmpty();
        assertThat(targets("model\\.layers\\.[0-3]\\..*_proj")).isEmpty();
        assertThat(targets("q_proj", "q_proj")).contains("at most once");
        assertThat(targets("q_proj", ".*v_proj")).contains("or one regular expression, got \".*v_proj\"");
        assertThat(targets("(q_proj")).contains("expected a regular expression, got Unclosed group");
        assertThat(targets("(" + "a".repeat(1000) + ")")).contains("at most 1000 characters, got 1002");
    }

    /// Returns the fault of the settings; empty if there is none.
    private static String targets(String... modules) {
        TrainingConfig.Builder config = Stage.config();
        config.getLoraBuilder().addAllTargetModules(List.of(modules));
        try {
            ConfigRules.check("default", config.build());
            return "";
        } catch (ApiException refused) {
            return refused.getMessage();
        }
    }

    @Test
    void rowsLongerThanTheBasesContextAreRefused() {
        assertThatThrownBy(() -> complete(Stage.config().setMaxLength(513).build()))
                .hasMessageContaining("config.max_length: expected at most the base's context of 512 tokens, got 513");
    }

    @Test
    void aWarmupThatNeverReachesThePeakIsRefused() {
        assertThatThrownBy(() -> complete(
                        Stage.config().setMaxSteps(10).setWarmupSteps(10).build()))
                .hasMessageContaining(
                        "config.warmup_steps: expected fewer than the run's 10 steps, or the learning rate"
                                + " never reaches its peak, got 10");
        assertThat(complete(Stage.config().setMaxSteps(10).setWarmupRatio(0.96).build())
                        .getWarmupSteps())
                .as("a part of the steps leaves one at the peak")
                .isEqualTo(9);
    }

    @Test
    void validationWithoutHeldOutRowsIsRefusedByField() {
        TrainingConfig.Builder config = Stage.config();
        config.getValidationBuilder().setPatience(3);
        assertThatThrownBy(() -> complete(config.build()))
                .hasMessageContaining("config.validation.patience: expected nothing without validation rows")
                .hasMessageContaining("config.validation.result");
        config.getValidationBuilder().setFraction(0.1);
        TrainingConfig full = complete(config.build());
        assertThat(full.getValidation().getResult()).isEqualTo(ResultWeights.BEST);
        assertThat(full.getWarmupSteps()).as("3 % of 3 * 57 steps").isEqualTo(5);
    }

    @Test
    void warmupIsAPartOfTheStepsOrACount() {
        assertThat(complete(Stage.config().setMaxSteps(200).setWarmupRatio(0.1).build())
                        .getWarmupSteps())
                .isEqualTo(20);
        assertThatThrownBy(() -> complete(
                        Stage.config().setWarmupSteps(5).setWarmupRatio(0.1).build()))
                .hasMessageContaining("config.warmup_ratio: expected nothing beside config.warmup_steps");
    }

    private TrainingConfig complete(TrainingConfig config) {
        ConfigRules.check("default", config);
        return ConfigDefaults.complete(
                config,
                catalog.datasetVersion(config.getDatasetVersion()),
                catalog.base(config.getBase()),
                OptionalInt.of(512));
    }
}
