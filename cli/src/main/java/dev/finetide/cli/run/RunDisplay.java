package dev.finetide.cli.run;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.cli.output.RowReportText;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Variant;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.ValidationResult;
import dev.finetide.proto.work.v1.State;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// Shows a run to the person who waits for it: states as lines, training and evaluation as progress, all on stderr.
public final class RunDisplay implements RunListener {
    private static final int SHOWN_ANSWERS = 3;
    private static final int SHOWN_CHARACTERS = 100;

    private final PrintWriter err;
    private final Map<Variant, Tally> tallies = new EnumMap<>(Variant.class);
    private ProgressLine progress;

    public RunDisplay(PrintWriter err) {
        this.err = err;
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
        switch (update.getUpdateCase()) {
            case EVALUATION -> onState(update.getEvaluation());
            case RESULT -> onResult(update.getResult());
            case UPDATE_NOT_SET -> {}
        }
    }

    private void onState(Evaluation evaluation) {
        endProgress();
        say("evaluation: " + word(evaluation.getState().name())
                + (evaluation.getAttempt() > 1 ? ", attempt " + evaluation.getAttempt() : ""));
        if (evaluation.getState() == State.QUEUED) {
            tallies.clear(); // another attempt starts from the first row
        }
        if (evaluation.hasError()) {
            say("  " + evaluation.getError().getReason() + ": "
                    + evaluation.getError().getMessage());
        }
    }

    private void onResult(ExampleResult result) {
        Tally tally = tallies.computeIfAbsent(result.getVariant(), variant -> new Tally());
        tally.add(result);
        if (result.getVariant() == Variant.TUNED && tally.rows <= SHOWN_ANSWERS) {
            endProgress();
            say("  " + (result.getExactMatch() ? "right" : "wrong") + ": " + oneLine(result.getPrompt()) + " -> "
                    + oneLine(result.getOutput()));
        }
        if (progress == null) {
            progress = ProgressLine.start("evaluating", Math.max(1, 2 * result.getTotalRows()), "answer", err);
        }
        long rows = tallies.values().stream().mapToLong(each -> each.rows).sum();
        progress.at(rows, "exact match: base " + match(Variant.BASE) + ", tuned " + match(Variant.TUNED));
    }

    private String match(Variant variant) {
        Tally tally = tallies.get(variant);
        return tally == null ? "-" : Formats.part((double) tally.exact / tally.rows);
    }

    @Override
    public void onModelVersion(ModelVersion version) {
        endProgress();
        say(Names.brief(version.getName()) + ": " + word(version.getState().name()));
        version.getReasonsList().forEach(reason -> say("  " + reason));
    }

    @Override
    public void close() {
        endProgress();
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

    private static String oneLine(String text) {
        return Formats.cut(text.strip().replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "?"), SHOWN_CHARACTERS);
    }

    private static final class Tally {
        private long rows;
        private long exact;

        void add(ExampleResult result) {
            rows++;
            exact += result.getExactMatch() ? 1 : 0;
        }
    }
}
