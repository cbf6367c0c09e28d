package dev.finetide.cli.eval;

import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Shows an evaluation to the person who waits for it: states and arms as lines, answers as progress, all on stderr.
public final class EvaluationDisplay implements AutoCloseable {
    private static final int SHOWN_ANSWERS = 3;
    private static final int SHOWN_CHARACTERS = 100;
    private static final int SHOWN_ARMS = 4;
    private static final String EXACT = "exact_match";

    private final PrintWriter err;
    private final Map<String, Tally> tallies = new LinkedHashMap<>();
    private final Set<String> said = new HashSet<>();
    private Evaluation latest = Evaluation.getDefaultInstance();
    private ProgressLine progress;
    private long judged;

    public EvaluationDisplay(PrintWriter err) {
        this.err = err;
    }

    public void on(EvaluationUpdate update) {
        switch (update.getUpdateCase()) {
            case EVALUATION -> onState(update.getEvaluation());
            case RESULT -> onResult(update.getResult());
            case JUDGE_REPLY -> onJudged(update.getJudgeReply());
            case UPDATE_NOT_SET -> {}
        }
    }

    private void onState(Evaluation evaluation) {
        String attempt = evaluation.getAttempt() > 1 ? ", attempt " + evaluation.getAttempt() : "";
        sayOnce("evaluation: " + EvaluationText.word(evaluation.getState().name()) + attempt);
        latest = evaluation;
        if (evaluation.hasRows()) {
            sayOnce("  task: " + TaskName.of(evaluation.getRows().getTask()) + " ("
                    + evaluation.getRows().getTaskReason() + ")");
        }
        evaluation.getArmsList().forEach(this::onArm);
        if (evaluation.hasJudgeError()) {
            sayOnce("  judge failed: " + evaluation.getJudgeError().getMessage());
        }
        if (evaluation.hasError()) {
            sayOnce("  " + evaluation.getError().getReason() + ": "
                    + evaluation.getError().getMessage());
        }
    }

    private void onJudged(JudgeReply reply) {
        if (judged == 0) {
            close();
        }
        if (progress == null) {
            long pairs =
                    latest.getArmsList().stream().filter(arm -> !arm.hasError()).count() - 1;
            progress = ProgressLine.start("judging", Math.max(1, 2 * pairs * reply.getTotalRows()), "question", err);
        }
        progress.at(++judged, JudgeText.preference(reply));
    }

    private void onArm(EvaluationArm arm) {
        String name = "  " + arm.getArm().getName() + ": ";
        if (arm.hasError()) {
            sayOnce(name + "failed: " + arm.getError().getMessage());
        } else if (arm.hasPreparation() && arm.getArm().getPromptingsCount() > 0) {
            sayOnce(name + PromptingText.words(arm.getPreparation().getPrompting(), SHOWN_CHARACTERS));
        }
    }

    private void onResult(ExampleResult result) {
        Tally tally = tallies.computeIfAbsent(result.getArm(), arm -> new Tally());
        tally.rows++;
        double score = result.getScoresOrDefault(metric(), Double.NaN);
        if (!Double.isNaN(score) && result.getProbe().isEmpty()) {
            tally.scored++;
            tally.sum += score;
        }
        if (result.getArm().equals(shownArm())
                && tally.rows <= SHOWN_ANSWERS
                && result.getProbe().isEmpty()) {
            say("  " + ScoreWord.of(result, metric()) + ": " + oneLine(result.getPrompt()) + " -> "
                    + oneLine(result.getOutput()));
        }
        if (progress == null) {
            progress = ProgressLine.start("evaluating", total(result), "answer", err);
        }
        progress.at(tallies.values().stream().mapToLong(each -> each.rows).sum(), scores());
    }

    private long total(ExampleResult result) {
        return Math.max(1, Math.max(latest.getTotalResults(), result.getTotalRows()));
    }

    /// Returns the metric whose mean is shown: the primary one, once a worker has said which that is.
    private String metric() {
        return latest.getRows().getMetricsCount() == 0
                ? EXACT
                : latest.getRows().getMetrics(0).getName();
    }

    /// Returns the arm of which some answers are shown: the run's result, or the first one.
    private String shownArm() {
        return latest.getArmsList().stream()
                .filter(arm -> arm.getArm().getModel() == ArmModel.TUNED)
                .map(arm -> arm.getArm().getName())
                .findFirst()
                .orElseGet(() -> tallies.keySet().iterator().next());
    }

    private String scores() {
        String scores = tallies.entrySet().stream()
                .skip(Math.max(0, tallies.size() - SHOWN_ARMS))
                .map(tally -> tally.getKey() + " " + tally.getValue().mean())
                .collect(Collectors.joining(", "));
        return metric() + ": " + scores;
    }

    private void sayOnce(String line) {
        if (said.add(line)) {
            say(line);
        }
    }

    private void say(String line) {
        close();
        err.println(line);
        err.flush();
    }

    private static String oneLine(String text) {
        return Formats.cut(text.strip().replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "?"), SHOWN_CHARACTERS);
    }

    /// Ends the line of progress.
    @Override
    public void close() {
        if (progress != null) {
            progress.close();
            progress = null;
        }
    }

    private static final class Tally {
        private long rows;
        private long scored;
        private double sum;

        String mean() {
            return scored == 0 ? "-" : MetricText.value(sum / scored);
        }
    }
}
