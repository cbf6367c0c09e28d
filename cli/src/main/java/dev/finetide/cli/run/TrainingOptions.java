package dev.finetide.cli.run;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.worker.MachineOptions;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.Precision;
import dev.finetide.proto.training.v1.ResultWeights;
import dev.finetide.proto.training.v1.Schedule;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.ValidationConfig;
import dev.finetide.proto.training.v1.WeightDecayOn;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Options for the settings of a run. The service sets the rest to its defaults, which the descriptions name.
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

    @Option(
            names = "--dataset",
            required = true,
            paramLabel = "NAME[@VERSION]",
            description = "Dataset to train on; by default its newest version.")
    private String dataset;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            description = "Model whose next version the run makes; default: the dataset's name.")
    private String model;

    @Option(
            names = "--method",
            paramLabel = "lora|full",
            defaultValue = "lora",
            description = "Default: ${DEFAULT-VALUE}.")
    private MethodName method;

    @Option(
            names = "--lr",
            paramLabel = "RATE",
            description = "Peak learning rate; default: 2e-4 for lora, 2e-5 for full.")
    private Double learningRate;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the train rows; default: 3.")
    private Integer epochs;

    @Option(names = "--max-steps", paramLabel = "N", description = "Optimiser steps, instead of --epochs.")
    private Integer maxSteps;

    @Option(names = "--batch-size", paramLabel = "ROWS", description = "Rows of one optimiser step; default: 16.")
    private Integer batchSize;

    @Option(names = "--rank", paramLabel = "R", description = "lora: rank; default: 16.")
    private Integer rank;

    @Option(
            names = "--alpha",
            paramLabel = "A",
            description = "lora: the update is scaled by alpha / rank; default: 2 * rank.")
    private Double alpha;

    @Option(names = "--dropout", paramLabel = "P", description = "lora: dropout before the update; default: 0.")
    private Double dropout;

    @Option(
            names = "--target-modules",
            paramLabel = "NAME",
            split = ",",
            description = {
                "lora: q_proj,v_proj,..., or one regular expression for module paths such as",
                "model.layers.0.mlp.up_proj; default: all linear layers of the blocks."
            })
    private List<String> targetModules;

    @Option(names = "--rslora", description = "lora: scale by alpha / sqrt(rank).")
    private boolean rslora;

    @Option(names = "--dora", description = "lora: train the magnitudes of the weights, too.")
    private boolean dora;

    @Option(
            names = "--from",
            paramLabel = "MODEL@VERSION",
            description = "lora: continue from this adapter of the same base, with its rank, alpha and targets.")
    private String from;

    @Option(
            names = "--warmup-steps",
            paramLabel = "N",
            description = "Number of warm-up steps, instead of --warmup-ratio.")
    private Integer warmupSteps;

    @Option(
            names = "--warmup-ratio",
            paramLabel = "PART",
            description = "Fraction of the steps in which the learning rate rises; default: 0.03.")
    private Double warmupRatio;

    @Option(
            names = "--schedule",
            paramLabel = "cosine|linear|constant",
            description = "Schedule of the learning rate after warm-up; default: cosine.")
    private ScheduleName schedule;

    @Option(names = "--weight-decay", paramLabel = "W", description = "Weight decay of AdamW; default: 0.01.")
    private Double weightDecay;

    @Option(
            names = "--weight-decay-on",
            paramLabel = "all|matrices",
            description = "matrices: no weight decay on norms and biases; default: all.")
    private DecayName weightDecayOn;

    @Option(
            names = "--neftune-alpha",
            paramLabel = "A",
            description = "Strength of NEFTune noise on the embeddings, usually 5 to 15; default: 0, none.")
    private Double neftuneAlpha;

    @Option(
            names = "--validation-fraction",
            paramLabel = "PART",
            description = "Fraction of the train rows kept for validation, whose loss is measured; default: 0, none.")
    private Double validationFraction;

    @Option(
            names = "--validate-every",
            paramLabel = "STEPS",
            description = "Steps between two validations; default: at the end of each epoch.")
    private Integer validateEvery;

    @Option(
            names = "--early-stop-patience",
            paramLabel = "N",
            description = "Stop after this many validations in a row without a gain; default: 0, never.")
    private Integer patience;

    @Option(
            names = "--early-stop-delta",
            paramLabel = "NATS",
            description = "Smallest fall of the validation loss that counts as a gain; default: 0.")
    private Double minDelta;

    @Option(
            names = "--result",
            paramLabel = "last|best",
            description = "Keep the weights of the last step or of the lowest validation loss; default: last, with "
                    + "--early-stop-patience best.")
    private ResultName result;

    @Option(
            names = "--max-grad-norm",
            paramLabel = "NORM",
            description = "Largest norm of the gradients, clipped above; 0: no clipping; default: 1.0.")
    private Double maxGradNorm;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            description = "Seed of shuffling, dropout and initialisation; default: 42.")
    private Long seed;

    @Option(
            names = "--max-length",
            paramLabel = "TOKENS",
            description = "Longest row in tokens; longer rows are refused; default: the base's context.")
    private Integer maxLength;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "STEPS",
            description = "Steps between two checkpoints; 0: only at the end; default: 50.")
    private Integer checkpointEvery;

    @Option(
            names = "--save-total-limit",
            paramLabel = "N",
            description = "Number of latest checkpoints kept until the run has succeeded; default: 2.")
    private Integer saveTotalLimit;

    @Option(
            names = "--precision",
            paramLabel = "fp32|bf16",
            description = "Default: bf16 if the worker's processor multiplies in it and the base is wide.")
    private PrecisionName precision;

    @Mixin
    private MachineOptions machine;

    @Option(
            names = "--micro-batch-tokens",
            paramLabel = "TOKENS",
            description =
                    "Tokens that each thread computes at once, not counting the prefix that its rows share; fewer take"
                            + " less memory; default: 1024, narrow bases 4096.")
    private Integer microBatchTokens;

    @Option(
            names = "--qlora",
            description = "lora: hold the base in 4 bits, which takes a fraction of the memory and more time.")
    private boolean qlora;

    @Option(
            names = "--packing",
            description = "Pack rows into long rows instead of padding them; the result is the same.")
    private boolean packing;

    @Option(
            names = "--activation-checkpointing",
            description = "Keep only the inputs of blocks, which takes a third more time and a fraction of the memory.")
    private boolean activationCheckpointing;

    @Option(
            names = "--eval-max-new-tokens",
            paramLabel = "TOKENS",
            description = "Longest answer in the evaluation, in tokens; default: 64.")
    private Integer evalMaxNewTokens;

    @Option(
            names = "--eval-max-rows",
            paramLabel = "ROWS",
            description = "Evaluate only the first test rows; default: all.")
    private Integer evalMaxRows;

    @Option(names = "--priority", paramLabel = "N", description = "Runs of higher priority start first; default: 0.")
    private Integer priority;

    @Option(
            names = "--max-attempts",
            paramLabel = "N",
            description = "The run fails after this many lost attempts; default: 3.")
    private Integer maxAttempts;

    @Option(
            names = "--dry-run",
            description = "Train nothing: a worker times a few steps and estimates the run's time and memory.")
    private boolean dryRun;

    boolean isDryRun() {
        return dryRun;
    }

    /// @param base resource name of the base
    TrainingConfig config(Names names, String base) {
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
        given(machine.device(), config::setDevice);
        given(machine.threads(), config::setThreads);
        given(machine.memoryBudget(), config::setMemoryBudgetBytes);
        given(microBatchTokens, config::setMicroBatchTokens);
        config.setQlora(qlora).setPacking(packing).setActivationCheckpointing(activationCheckpointing);
        given(priority, config::setPriority);
        given(maxAttempts, config::setMaxAttempts);
        LoraConfig lora = lora();
        if (!lora.equals(LoraConfig.getDefaultInstance())) {
            config.setLora(lora);
        }
        EvaluationConfig evaluation = evaluation();
        if (!evaluation.equals(EvaluationConfig.getDefaultInstance())) {
            config.setEvaluation(evaluation);
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

    private LoraConfig lora() {
        LoraConfig.Builder lora = LoraConfig.newBuilder().setUseRslora(rslora).setUseDora(dora);
        given(rank, lora::setRank);
        given(alpha, lora::setAlpha);
        given(dropout, lora::setDropout);
        given(targetModules, lora::addAllTargetModules);
        return lora.build();
    }

    private EvaluationConfig evaluation() {
        EvaluationConfig.Builder evaluation = EvaluationConfig.newBuilder();
        given(evalMaxNewTokens, evaluation::setMaxNewTokens);
        given(evalMaxRows, evaluation::setMaxRows);
        return evaluation.build();
    }

    private static <T> void given(T value, Consumer<T> set) {
        if (value != null) {
            set.accept(value);
        }
    }
}
