package dev.finetide.cli.run;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.eval.PassagesText;
import dev.finetide.cli.worker.MachineOptions;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.Precision;
import dev.finetide.proto.training.v1.ResultWeights;
import dev.finetide.proto.training.v1.Schedule;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.ValidationConfig;
import dev.finetide.proto.training.v1.WeightDecayOn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The settings of a run. The service fills those that are not given. [SettingDescriptions] describes each option.
final class TrainingOptions {
    private enum MethodName {
        LORA,
        FULL
    }

    private enum ScheduleName {
        COSINE,
        LINEAR,
        CONSTANT
    }

    private enum PrecisionName {
        FP32,
        BF16
    }

    private enum DecayName {
        ALL,
        MATRICES
    }

    private enum ResultName {
        LAST,
        BEST
    }

    @Option(names = "--dataset", required = true, paramLabel = "NAME[@VERSION]")
    private String dataset;

    @Option(names = "--model", paramLabel = "NAME")
    private String model;

    @Option(names = "--method", paramLabel = "lora|full", defaultValue = "lora")
    private MethodName method;

    @Option(names = "--lr", paramLabel = "RATE")
    private Double learningRate;

    @Option(names = "--epochs", paramLabel = "N")
    private Integer epochs;

    @Option(names = "--max-steps", paramLabel = "N")
    private Integer maxSteps;

    @Option(names = "--batch-size", paramLabel = "ROWS")
    private Integer batchSize;

    @Option(names = "--rank", paramLabel = "R")
    private Integer rank;

    @Option(names = "--alpha", paramLabel = "A")
    private Double alpha;

    @Option(names = "--dropout", paramLabel = "P")
    private Double dropout;

    @Option(names = "--target-modules", paramLabel = "NAME", split = ",")
    private List<String> targetModules;

    @Option(names = "--rslora")
    private boolean rslora;

    @Option(names = "--dora")
    private boolean dora;

    @Option(names = "--from", paramLabel = "MODEL@VERSION")
    private String from;

    @Option(names = "--warmup-steps", paramLabel = "N")
    private Integer warmupSteps;

    @Option(names = "--warmup-ratio", paramLabel = "PART")
    private Double warmupRatio;

    @Option(names = "--schedule", paramLabel = "cosine|linear|constant")
    private ScheduleName schedule;

    @Option(names = "--weight-decay", paramLabel = "W")
    private Double weightDecay;

    @Option(names = "--weight-decay-on", paramLabel = "all|matrices")
    private DecayName weightDecayOn;

    @Option(names = "--neftune-alpha", paramLabel = "A")
    private Double neftuneAlpha;

    @Option(names = "--validation-fraction", paramLabel = "PART")
    private Double validationFraction;

    @Option(names = "--validate-every", paramLabel = "STEPS")
    private Integer validateEvery;

    @Option(names = "--early-stop-patience", paramLabel = "N")
    private Integer patience;

    @Option(names = "--early-stop-delta", paramLabel = "NATS")
    private Double minDelta;

    @Option(names = "--result", paramLabel = "last|best")
    private ResultName result;

    @Option(names = "--max-grad-norm", paramLabel = "NORM")
    private Double maxGradNorm;

    @Option(names = "--seed", paramLabel = "SEED")
    private Long seed;

    @Option(names = "--max-length", paramLabel = "TOKENS")
    private Integer maxLength;

    @Option(names = "--checkpoint-every", paramLabel = "STEPS")
    private Integer checkpointEvery;

    @Option(names = "--save-total-limit", paramLabel = "N")
    private Integer saveTotalLimit;

    @Option(names = "--render", paramLabel = "chat|text")
    private RenderingName rendering;

    @Option(names = "--leave-out", paramLabel = "KIND", split = ",", converter = RowFindingName.class)
    private List<RowFinding> leaveOut;

    @Option(names = "--train-passages", paramLabel = "K[:dense|fused][:in=NAME@VERSION]")
    private String passages;

    @Option(names = "--train-passage-text", paramLabel = "TEXT|@FILE")
    private String passageText;

    @Option(names = "--precision", paramLabel = "fp32|bf16")
    private PrecisionName precision;

    @Mixin
    private MachineOptions machine;

    @Option(names = "--micro-batch-tokens", paramLabel = "TOKENS")
    private Integer microBatchTokens;

    @Option(names = "--qlora")
    private boolean qlora;

    @Option(names = "--packing")
    private boolean packing;

    @Option(names = "--activation-checkpointing")
    private boolean activationCheckpointing;

    @Mixin
    private RunEvaluationOptions evaluation;

    @Option(names = "--priority", paramLabel = "N")
    private Integer priority;

    @Option(names = "--max-attempts", paramLabel = "N")
    private Integer maxAttempts;

    @Option(names = "--dry-run")
    private boolean dryRun;

    boolean isDryRun() {
        return dryRun;
    }

    /// @param base resource name of the base
    TrainingConfig config(Names names, String base) throws IOException {
        TrainingConfig.Builder config = TrainingConfig.newBuilder()
                .setDatasetVersion(names.datasetVersion(dataset))
                .setBase(base)
                .setMethod(Method.valueOf(method.name()))
                .setDryRun(dryRun);
        given(model, name -> config.setModel(names.model(name)));
        given(learningRate, config::setLearningRate);
        given(epochs, config::setEpochs);
        given(maxSteps, config::setMaxSteps);
        given(batchSize, config::setBatchSize);
        given(from, version -> config.setFromModelVersion(names.modelVersion(version, "approved")));
        given(warmupSteps, config::setWarmupSteps);
        given(warmupRatio, config::setWarmupRatio);
        given(
                weightDecayOn,
                on -> config.setWeightDecayOn(
                        on == DecayName.ALL ? WeightDecayOn.ALL_WEIGHTS : WeightDecayOn.MATRICES));
        given(neftuneAlpha, config::setNeftuneAlpha);
        given(saveTotalLimit, config::setSaveTotalLimit);
        given(schedule, name -> config.setSchedule(Schedule.valueOf(name.name())));
        given(weightDecay, config::setWeightDecay);
        given(maxGradNorm, config::setMaxGradNorm);
        given(seed, config::setSeed);
        given(maxLength, config::setMaxLength);
        given(checkpointEvery, config::setCheckpointEverySteps);
        given(precision, name -> config.setPrecision(Precision.valueOf(name.name())));
        given(rendering, name -> config.setRendering(name.rendering()));
        given(leaveOut, config::addAllLeaveOut);
        given(machine.device(), config::setDevice);
        given(machine.threads(), config::setThreads);
        given(machine.memoryBudget(), config::setMemoryBudgetBytes);
        given(microBatchTokens, config::setMicroBatchTokens);
        config.setQlora(qlora).setPacking(packing).setActivationCheckpointing(activationCheckpointing);
        given(priority, config::setPriority);
        given(maxAttempts, config::setMaxAttempts);
        Retrieval looked = passages(names);
        if (looked.getCount() > 0) {
            config.setPassages(looked);
        }
        LoraConfig lora = lora();
        if (!lora.equals(LoraConfig.getDefaultInstance())) {
            config.setLora(lora);
        }
        EvaluationConfig measured = evaluation.config(names);
        if (!measured.equals(EvaluationConfig.getDefaultInstance())) {
            config.setEvaluation(measured);
        }
        ValidationConfig validation = validation();
        if (!validation.equals(ValidationConfig.getDefaultInstance())) {
            config.setValidation(validation);
        }
        return config.build();
    }

    private ValidationConfig validation() {
        ValidationConfig.Builder validation = ValidationConfig.newBuilder();
        given(validationFraction, validation::setFraction);
        given(validateEvery, validation::setEverySteps);
        given(patience, validation::setPatience);
        given(minDelta, validation::setMinDelta);
        given(result, name -> validation.setResult(ResultWeights.valueOf(name.name())));
        return validation.build();
    }

    private Retrieval passages(Names names) throws IOException {
        if (passages == null) {
            if (passageText != null) {
                throw new CommandFailedException(
                        ExitCode.USAGE,
                        "--train-passage-text wraps passages, and there are none; add --train-passages 3");
            }
            return Retrieval.getDefaultInstance();
        }
        Retrieval.Builder looked = PassagesText.ofOption("--train-passages", passages, names).toBuilder();
        if (passageText != null) {
            looked.setTemplate(
                    passageText.startsWith("@")
                            ? Files.readString(Path.of(passageText.substring(1)))
                                    .stripTrailing()
                            : passageText);
        }
        return looked.build();
    }

    private LoraConfig lora() {
        LoraConfig.Builder lora = LoraConfig.newBuilder().setUseRslora(rslora).setUseDora(dora);
        given(rank, lora::setRank);
        given(alpha, lora::setAlpha);
        given(dropout, lora::setDropout);
        given(targetModules, lora::addAllTargetModules);
        return lora.build();
    }

    private static <T> void given(T value, Consumer<T> set) {
        if (value != null) {
            set.accept(value);
        }
    }
}
