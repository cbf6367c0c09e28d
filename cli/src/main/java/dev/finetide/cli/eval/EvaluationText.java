package dev.finetide.cli.eval;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.cli.output.Wrapped;
import dev.finetide.proto.evaluation.v1.AnswerLeaks;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.PromptingTrial;
import dev.finetide.proto.evaluation.v1.Task;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Prints an evaluation for people.
public final class EvaluationText {
    private static final double MS = 1000;
    private static final int SHOWN_CHARACTERS = 200;

    private EvaluationText() {}

    /// @param pricePerHour price of the machine for an hour; 0 if it is not known
    static void print(Evaluation evaluation, double pricePerHour, PrintWriter out) {
        head(evaluation).print(out);
        printArms(evaluation, out);
        if (evaluation.hasReport()) {
            out.println();
            new ReportPage(evaluation.getReport(), pricePerHour).print(out);
        }
    }

    private static Table head(Evaluation evaluation) {
        Table table = new Table()
                .row("evaluation", Names.brief(evaluation.getName()))
                .row("state", word(evaluation.getState().name()))
                .row(
                        "rows of",
                        Names.brief(evaluation.getSpec().getDatasetVersion()) + ", " + split(evaluation)
                                + looks(evaluation))
                .row("base", Names.brief(evaluation.getSpec().getBase()));
        if (evaluation.hasTrainingRun()) {
            table.row("run", Names.brief(evaluation.getTrainingRun().getName()) + model(evaluation));
        }
        if (evaluation.hasRows()) {
            table.row("task", task(evaluation.getRows()));
            AnswerLeaks leaks = evaluation.getRows().getData().getAnswerLeaks();
            if (leaks.getChecked() + leaks.getTooShort() > 0) {
                table.row("leaks", leaks(leaks));
            }
        }
        table.row(
                        "answers",
                        Formats.count(evaluation.getResults()) + " of " + Formats.count(evaluation.getTotalResults()))
                .row("created", Formats.time(evaluation.getCreateTime()));
        if (evaluation.hasWaiting()) {
            table.row("waits", Formats.waiting(evaluation.getWaiting()));
        }
        if (evaluation.hasError()) {
            table.row(
                    "error",
                    evaluation.getError().getReason() + ": "
                            + evaluation.getError().getMessage());
        }
        if (evaluation.hasJudgeError() && !evaluation.hasReport()) {
            table.row("judge", "failed: " + evaluation.getJudgeError().getMessage());
        }
        if (evaluation.hasReport()) {
            Duration took = Duration.ofMillis((long) (evaluation.getReport().getSeconds() * MS));
            table.row(
                    "took",
                    Formats.duration(took) + ", peak memory "
                            + Formats.bytes(evaluation.getReport().getPeakMemoryBytes()));
        }
        return table;
    }

    private static String leaks(AnswerLeaks leaks) {
        String rows = leaks.getRowsList().stream().map(String::valueOf).collect(Collectors.joining(", "));
        return Formats.count(leaks.getFound()) + " of " + Formats.count(leaks.getChecked())
                + " expected answers stand word for word in the train rows"
                + (leaks.getFound() > 0
                        ? " (rows " + rows + (leaks.getFound() > leaks.getRowsCount() ? ", ...)" : ")")
                        : "")
                + (leaks.getTooShort() > 0
                        ? "; " + Formats.count(leaks.getTooShort()) + " are too short to be looked for"
                        : "");
    }

    static String word(String state) {
        return state.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    public static String split(Evaluation evaluation) {
        String split = evaluation.getSpec().getSplit();
        return (split.isEmpty() ? "test" : split) + " split";
    }

    private static String looks(Evaluation evaluation) {
        return evaluation.getSplitLooks() > 1 ? ", asked by " + evaluation.getSplitLooks() + " evaluations so far" : "";
    }

    private static String model(Evaluation evaluation) {
        return evaluation.getModelVersion().isEmpty() ? "" : ", model " + Names.brief(evaluation.getModelVersion());
    }

    public static String task(EvaluationRows rows) {
        String answers = rows.getTask() == Task.TEXT
                ? ""
                : ", answers of at most " + Formats.count(rows.getMaxNewTokens()) + " tokens";
        return TaskName.of(rows.getTask()) + " (" + rows.getTaskReason() + ")" + answers;
    }

    /// Returns how each arm was asked, in sentences by its name; empty if no arm was prepared yet.
    public static Map<String, List<String>> asked(Evaluation evaluation) {
        Map<String, List<String>> asked = new LinkedHashMap<>();
        if (evaluation.getArmsList().stream().noneMatch(EvaluationArm::hasPreparation)) {
            return asked;
        }
        String rule = "";
        for (EvaluationArm arm : evaluation.getArmsList()) {
            asked.put(arm.getArm().getName(), sentences(arm, rule));
            rule = arm.getPreparation().getAnswerRule();
        }
        return asked;
    }

    /// Prints what each arm is asked with, and the trial that chose it.
    private static void printArms(Evaluation evaluation, PrintWriter out) {
        Map<String, List<String>> asked = asked(evaluation);
        if (asked.isEmpty()) {
            return;
        }
        out.println();
        out.println("How the arms were asked");
        int width = asked.keySet().stream().mapToInt(String::length).max().orElse(0);
        String indent = " ".repeat(width + 4);
        asked.forEach((arm, sentences) -> {
            String name = "  " + arm + " ".repeat(width - arm.length() + 2);
            Wrapped.lines(name, indent, String.join("; ", sentences)).forEach(out::println);
        });
    }

    /// @param sameRule answer rule that was shown just before and is not repeated
    private static List<String> sentences(EvaluationArm arm, String sameRule) {
        List<String> sentences = new ArrayList<>();
        sentences.add(PromptingText.model(arm));
        if (arm.hasError()) {
            sentences.add("failed");
        }
        if (arm.hasPreparation()) {
            ArmPreparation preparation = arm.getPreparation();
            if (!isOutside(arm) || arm.getArm().getPromptingsCount() > 0) {
                sentences.add(PromptingText.words(preparation.getPrompting(), SHOWN_CHARACTERS));
            }
            if (preparation.getTrialsCount() > 1) {
                sentences.add(trials(preparation));
            }
            if (!preparation.getAnswerRule().isEmpty()
                    && !preparation.getAnswerRule().equals(sameRule)) {
                sentences.add(preparation.getAnswerRule());
            }
        }
        return sentences;
    }

    /// Whether the arm was asked in no way that training knows.
    private static boolean isOutside(EvaluationArm arm) {
        return switch (arm.getArm().getModel()) {
            case ENDPOINT, FROZEN, LINEAR -> true;
            case BASE, TUNED, MODEL_VERSION, ARM_MODEL_UNSPECIFIED, UNRECOGNIZED -> false;
        };
    }

    private static String trials(ArmPreparation preparation) {
        List<String> scores = new ArrayList<>();
        for (PromptingTrial trial : preparation.getTrialsList()) {
            scores.add(trial.getDescription() + " " + MetricText.value(trial.getScore()));
        }
        return "chosen on " + Formats.count(preparation.getTrialRows()) + " rows (" + preparation.getTrialSource()
                + "): " + String.join(", ", scores);
    }
}
