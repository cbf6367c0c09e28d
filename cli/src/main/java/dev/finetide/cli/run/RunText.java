package dev.finetide.cli.run;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.eval.PassagesText;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.RowReportText;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.training.v1.StoredCheckpoint;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingEstimate;
import dev.finetide.proto.training.v1.TrainingMachine;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.ValidationResult;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// Prints a run for people.
final class RunText {
    private static final double MS = 1000;

    private RunText() {}

    static void print(TrainingRun run, PrintWriter out) {
        TrainingConfig config = run.getConfig();
        Table table = new Table()
                .row("run", Names.brief(run.getName()))
                .row(
                        "state",
                        RunDisplay.word(run.getState().name())
                                + (run.getAttempt() > 1 ? ", attempt " + run.getAttempt() : ""))
                .row("dataset", Names.brief(config.getDatasetVersion()))
                .row("base", Names.brief(config.getBase()))
                .row(
                        "template contract",
                        Formats.orDash(Formats.digest(run.getBase().getTemplateDigest())))
                .row("model", Names.brief(run.getModelVersion().isEmpty() ? config.getModel() : run.getModelVersion()))
                .row("method", method(config));
        if (!run.getEvaluation().isEmpty()) {
            table.row("evaluation", Names.brief(run.getEvaluation()));
        }
        if (run.hasMachine()) {
            table.row("computes", computes(config)).row("machine", machine(run.getMachine()));
        }
        table.row("created", Formats.time(run.getCreateTime()));
        if (run.hasWaiting()) {
            table.row("waits", Formats.waiting(run.getWaiting()));
        }
        if (run.getTrainRows() > 0) {
            table.row("rows", begins(run));
        }
        if (run.hasRowReport()) {
            table.row("rendered", rendered(run));
            RowReportText.findings(run.getRowReport()).forEach(line -> table.row("found", line));
        }
        if (config.getPassages().getCount() > 0) {
            table.row("passages", passages(run));
        }
        if (run.hasProgress()) {
            table.row("progress", progress(run.getProgress()));
        }
        if (run.getCheckpointsCount() > 0) {
            table.row("checkpoints", checkpoints(run));
        }
        if (run.hasOutput()) {
            table.row("trained", trained(run));
        }
        if (run.hasError()) {
            table.row(
                    "error", run.getError().getReason() + ": " + run.getError().getMessage());
        }
        run.getHistoryList()
                .forEach(change -> table.row(
                        Formats.time(change.getTime()),
                        RunDisplay.word(change.getState().name()) + " by " + change.getActor()
                                + (change.getCause().isEmpty() ? "" : " (" + change.getCause() + ")")));
        table.print(out);
    }

    /// Formats the stored checkpoints: "steps 100, 50; 1.2 MB".
    private static String checkpoints(TrainingRun run) {
        String steps = run.getCheckpointsList().stream()
                .map(checkpoint -> String.valueOf(checkpoint.getStep()))
                .collect(Collectors.joining(", "));
        long bytes = run.getCheckpointsList().stream()
                .mapToLong(StoredCheckpoint::getSizeBytes)
                .sum();
        return (run.getCheckpointsCount() == 1 ? "step " : "steps ") + steps + "; " + Formats.bytes(bytes);
    }

    static String progress(TrainingProgress at) {
        return at.getTotalSteps() == 0
                ? "-"
                : "step " + at.getStep() + " of " + at.getTotalSteps() + ", loss " + Formats.loss(at.getLoss());
    }

    private static String method(TrainingConfig config) {
        String name = config.getMethod().name().toLowerCase(Locale.ROOT);
        String settings = config.getMethod() == Method.LORA
                ? " r=" + config.getLora().getRank() + " alpha="
                        + config.getLora().getAlpha()
                : "";
        return name + settings + ", lr " + config.getLearningRate() + ", batch " + config.getBatchSize();
    }

    /// Formats the settings of the computation that its worker may decide: "in bf16, 1,024 tokens
    /// at once, ...".
    private static String computes(TrainingConfig config) {
        return "in " + config.getPrecision().name().toLowerCase(Locale.ROOT) + ", "
                + Formats.count(config.getMicroBatchTokens()) + " tokens at once, rows of at most "
                + Formats.count(config.getMaxLength()) + " tokens";
    }

    private static String machine(TrainingMachine machine) {
        return machine.getDevice() + " of " + machine.getHost() + ", " + Formats.count(machine.getThreads())
                + " threads, memory up to " + Formats.bytes(machine.getMemoryBudgetBytes());
    }

    /// Formats a validation: "loss 0.1234, token accuracy 0.956".
    static String validation(ValidationResult result) {
        return "loss " + Formats.loss(result.getLoss()) + ", token accuracy " + Formats.part(result.getTokenAccuracy());
    }

    /// Formats the numbers that the worker reports before its first step.
    static String begins(TrainingRun run) {
        return Formats.count(run.getTrainRows()) + " rows to train on"
                + (run.getValidationRows() == 0
                        ? ""
                        : ", " + Formats.count(run.getValidationRows()) + " to validate on")
                + (run.hasEstimate() ? "; estimate: " + estimate(run.getEstimate()) : "");
    }

    /// Says how the rows became text: "by the base's chat template, as one question and answer each".
    static String rendered(TrainingRun run) {
        if (run.getConfig().getRendering() == Rendering.PLAIN_TEXT) {
            return "as plain text";
        }
        return "by the base's chat template"
                + (run.getDatasetVersion().getRowFormat() == RowFormat.PROMPT_COMPLETION
                        ? ", prompt and completion as a question and its answer"
                        : "");
    }

    /// Says which passages the rows are learnt with, and how many did not fit.
    private static String passages(TrainingRun run) {
        long dropped = run.getRowReport().getDroppedPassages();
        return "rows learnt with " + PassagesText.words(run.getConfig().getPassages())
                + (dropped == 0
                        ? ""
                        : "; " + Formats.count(dropped) + " did not fit, in "
                                + Formats.count(run.getRowReport().getShortenedRows()) + " rows");
    }

    /// Says that prompt and completion become a conversation, where the user did not choose it;
    /// empty otherwise.
    static Optional<String> wrapping(TrainingRun run) {
        boolean wrapped = run.getConfig().getRendering() == Rendering.RENDERING_UNSPECIFIED
                && run.getDatasetVersion().getRowFormat() == RowFormat.PROMPT_COMPLETION
                && run.getBase().getChatTemplate().getPresent();
        return wrapped
                ? Optional.of("prompt and completion become a question and its answer by the base's chat template, with"
                        + " all that it adds; --render text trains them as they are")
                : Optional.empty();
    }

    /// Prints the estimate of a dry run, line by line.
    static void printEstimate(TrainingRun run, PrintWriter out) {
        TrainingEstimate estimate = run.getEstimate();
        Table table = new Table()
                .row(
                        "rows",
                        Formats.count(run.getTrainRows()) + " to train on, " + Formats.count(run.getValidationRows())
                                + " to validate on")
                .row("rendered", rendered(run));
        RowReportText.tokens(run.getRowReport()).forEach(line -> table.row("  a pass", line));
        RowReportText.findings(run.getRowReport()).forEach(line -> table.row("  found", line));
        table.row("steps", Formats.count(estimate.getSteps()))
                .row("tokens", Formats.count(estimate.getTokens()))
                .row(
                        "parameters",
                        Formats.count(estimate.getParameters()) + ", trained: "
                                + Formats.count(estimate.getTrainableParameters()))
                .row("time", Formats.duration(seconds(estimate.getSeconds())))
                .row("peak memory", Formats.bytes(estimate.getPeakMemoryBytes()))
                .row("  weights", Formats.bytes(estimate.getWeightBytes()))
                .row("  gradients, optimiser", Formats.bytes(estimate.getOptimiserBytes()))
                .row("  activations", Formats.bytes(estimate.getActivationBytes()))
                .row(
                        "evaluation",
                        "answers of at most "
                                + Formats.count(run.getConfig().getEvaluation().getMaxNewTokens()) + " tokens")
                .print(out);
        if (!run.getRowReport().getExample().isEmpty()) {
            out.println();
            out.println("The first row as the model reads it; ⟦what is learnt⟧:");
            out.println(run.getRowReport().getExample());
            out.flush();
        }
    }

    static String estimate(TrainingEstimate estimate) {
        return Formats.duration(seconds(estimate.getSeconds())) + ", peak memory "
                + Formats.bytes(estimate.getPeakMemoryBytes());
    }

    private static Duration seconds(double seconds) {
        return Duration.ofMillis((long) (seconds * MS));
    }

    static String trained(TrainingRun run) {
        TrainingOutput output = run.getOutput();
        String estimated = run.hasEstimate() ? " (estimated: " + estimate(run.getEstimate()) + ")" : "";
        String validation = output.hasValidation()
                ? "; best validation at step " + output.getValidation().getStep() + ": "
                        + validation(output.getValidation())
                : "";
        boolean plain = output.getResultStep() == output.getSteps()
                && (!output.hasValidation() || output.getValidation().getStep() == output.getSteps());
        String result =
                plain || output.getResultStep() == 0 ? "" : "; the weights are those of step " + output.getResultStep();
        return trained(output) + estimated + validation + (output.getStoppedEarly() ? "; stopped early" : "") + result;
    }

    private static String trained(TrainingOutput output) {
        return output.getSteps() + " steps, " + Formats.count(output.getTrainedTokens()) + " tokens in "
                + Formats.duration(seconds(output.getTrainSeconds())) + ", final loss "
                + Formats.loss(output.getFinalLoss()) + ", peak memory " + Formats.bytes(output.getPeakMemoryBytes());
    }
}
