package dev.finetide.cli.run;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.eval.EvaluationDisplay;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.cli.output.RowReportText;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.ValidationResult;
import dev.finetide.proto.work.v1.State;
import java.io.PrintWriter;
import java.util.Locale;

/// Shows a run to the person who waits for it: states as lines, training and evaluation as progress, all on stderr.
public final class RunDisplay implements RunListener {
    private final PrintWriter err;
    private final EvaluationDisplay evaluation;
    private ProgressLine progress;

    public RunDisplay(PrintWriter err) {
        this.err = err;
        this.evaluation = new EvaluationDisplay(err);
    }

    @Override
    public void onRun(TrainingRunUpdate update) {
        switch (update.getUpdateCase()) {
            case TRAINING_RUN -> onState(update.getTrainingRun());
            case PROGRESS -> onProgress(update.getProgress());
            case VALIDATION -> onValidation(update.getValidation());
            case CHECKPOINT, UPDATE_NOT_SET -> {}
        }
    }

    private void onValidation(ValidationResult result) {
        endProgress();
        say("  step " + result.getStep() + ": validation " + RunText.validation(result)
                + (result.getBestStep() == result.getStep()
                        ? ", the best so far"
                        : ", best " + Formats.loss(result.getBestLoss()) + " at step " + result.getBestStep()));
    }

    private void onState(TrainingRun run) {
        endProgress();
        String cause = run.getHistoryCount() == 0
                ? ""
                : run.getHistory(run.getHistoryCount() - 1).getCause();
        say(Names.brief(run.getName()) + ": " + word(run.getState().name())
                + (run.getAttempt() > 1 ? ", attempt " + run.getAttempt() : "")
                + (cause.isEmpty() ? "" : " (" + cause + ")"));
        if (run.getState() == State.RUNNING
                && run.getTrainRows() > 0
                && !run.getConfig().getDryRun()) {
            say("  " + RunText.begins(run));
            if (run.hasRowReport()) {
                say("  rendered " + RunText.rendered(run));
                RowReportText.tokens(run.getRowReport()).forEach(line -> say("  " + line));
                RowReportText.findings(run.getRowReport()).forEach(line -> say("  " + line));
            }
        }
        if (run.getState() == State.SUCCEEDED && run.hasOutput()) {
            say("  " + RunText.trained(run));
        }
        if (run.hasError()) {
            say("  " + run.getError().getReason() + ": " + run.getError().getMessage());
        }
    }

    private void onProgress(TrainingProgress at) {
        if (progress == null) {
            progress = ProgressLine.startAt(
                    Math.max(0, at.getStep() - 1), "training", Math.max(1, at.getTotalSteps()), "step", err);
        }
        progress.at(
                at.getStep(),
                "loss " + Formats.loss(at.getLoss()) + ", " + Formats.count(at.getTokensPerSecond()) + " tokens/s");
    }

    @Override
    public void onEvaluation(EvaluationUpdate update) {
        endProgress();
        evaluation.on(update);
    }

    @Override
    public void onModelVersion(ModelVersion version) {
        evaluation.close();
        say(Names.brief(version.getName()) + ": " + word(version.getState().name()));
        version.getReasonsList().forEach(reason -> say("  " + reason));
    }

    @Override
    public void close() {
        endProgress();
        evaluation.close();
    }

    private void endProgress() {
        if (progress != null) {
            progress.close();
            progress = null;
        }
    }

    private void say(String line) {
        err.println(line);
        err.flush();
    }

    /// Writes a state as words: PENDING_APPROVAL becomes "pending approval".
    static String word(String state) {
        return state.toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
