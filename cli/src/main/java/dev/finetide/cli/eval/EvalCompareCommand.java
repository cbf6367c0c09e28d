package dev.finetide.cli.eval;

import com.google.gson.JsonObject;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.PlaceText;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description = {
            "Lists the rows that one arm answers worse and better than another, of one evaluation or of two.",
            "Two evaluations must have asked the same split of the same dataset version."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide eval compare EVALUATION --arm base --arm tuned",
            "  finetide eval compare OLD NEW",
            "  finetide eval compare OLD NEW --arm tuned --arm tuned --max 100 -o json | jq 'select(.gain < 0)'"
        })
final class EvalCompareCommand implements Callable<Integer> {
    private static final int SHOWN_CHARACTERS = 40;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(
            index = "0",
            paramLabel = "EVALUATION_A",
            description = "Id of the evaluation, or of its run, with the first arm.")
    private String first;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "EVALUATION_B",
            description = "The one with the second arm; the same when left out.")
    private String second;

    @Option(
            names = "--arm",
            paramLabel = "ARM",
            description = "Given twice: name of the first and of the second arm. Without it: of one evaluation base and"
                    + " the recommended arm, or the run's result; of two evaluations that arm of each.")
    private List<String> arms = List.of();

    @Option(
            names = "--max",
            paramLabel = "N",
            defaultValue = "20",
            description = "The most rows of each kind that are listed; default: ${DEFAULT-VALUE}.")
    private int most;

    /// A row under both arms.
    ///
    /// @param gain how much better the second arm is; negative where it is worse
    private record Pair(ExampleResult before, ExampleResult after, double gain) {}

    @Override
    public Integer call() {
        if (!arms.isEmpty() && arms.size() != 2) {
            throw new CommandFailedException(
                    ExitCode.USAGE, "--arm: expected it twice, got it " + arms.size() + " times");
        }
        try (Services services = connection.open(output)) {
            RunEvaluations evaluations = new RunEvaluations(services);
            Evaluation one = evaluations.named(first, connection.names());
            Evaluation other = second == null ? one : evaluations.named(second, connection.names());
            requireSameRows(one, other);
            String before = arm(one, arms.isEmpty() ? second == null ? "base" : chosen(one) : arms.get(0));
            String after = arm(other, arms.isEmpty() ? chosen(other) : arms.get(1));
            MetricInfo metric = metric(one, other);
            Answers answersBefore = Answers.of(services, one);
            Answers answersAfter = second == null ? answersBefore : Answers.of(services, other);
            List<Pair> pairs = pairs(answersBefore, before, answersAfter, after, metric);
            if (output.isJson()) {
                pairs.forEach(pair -> output.line(toJson(pair, metric).toString()));
            } else {
                print(pairs, before, after, metric.getName());
            }
        }
        return ExitCode.DONE.number();
    }

    private static void requireSameRows(Evaluation one, Evaluation other) {
        String before = one.getDatasetVersion().getDigest() + EvaluationText.split(one);
        String after = other.getDatasetVersion().getDigest() + EvaluationText.split(other);
        if (!before.equals(after)) {
            throw CommandFailedException.refused("the evaluations asked other rows: the " + EvaluationText.split(one)
                    + " of " + Names.brief(one.getSpec().getDatasetVersion()) + " and the "
                    + EvaluationText.split(other) + " of "
                    + Names.brief(other.getSpec().getDatasetVersion()));
        }
    }

    /// Returns the arm that matters most; the last one of an evaluation without a report.
    private static String chosen(Evaluation evaluation) {
        return new ReportPage(evaluation.getReport())
                .chosen()
                .or(() -> evaluation.getArmsList().stream()
                        .map(arm -> arm.getArm().getName())
                        .reduce((_, last) -> last))
                .orElse("");
    }

    private static String arm(Evaluation evaluation, String name) {
        List<String> names = evaluation.getArmsList().stream()
                .map(arm -> arm.getArm().getName())
                .toList();
        if (!names.contains(name)) {
            throw CommandFailedException.notFound("evaluation " + Names.brief(evaluation.getName()) + " has no arm "
                    + name + "; it has " + String.join(", ", names));
        }
        return name;
    }

    private static MetricInfo metric(Evaluation one, Evaluation other) {
        return one.getRows().getMetricsList().stream()
                .filter(info -> other.getRows().getMetricsList().stream()
                        .anyMatch(same -> same.getName().equals(info.getName())))
                .findFirst()
                .orElseThrow(() -> CommandFailedException.refused("the evaluations have no metric in common"));
    }

    private static List<Pair> pairs(
            Answers answersBefore, String before, Answers answersAfter, String after, MetricInfo metric) {
        double sign = metric.getHigherIsBetter() ? 1 : -1;
        List<Pair> pairs = new ArrayList<>();
        answersBefore.byRow().forEach((row, answers) -> {
            ExampleResult one = answers.get(before);
            ExampleResult other =
                    answersAfter.byRow().getOrDefault(row, Map.of()).get(after);
            if (one != null
                    && other != null
                    && one.containsScores(metric.getName())
                    && other.containsScores(metric.getName())) {
                pairs.add(new Pair(
                        one,
                        other,
                        sign * (other.getScoresOrThrow(metric.getName()) - one.getScoresOrThrow(metric.getName()))));
            }
        });
        return pairs;
    }

    private void print(List<Pair> pairs, String before, String after, String metric) {
        List<Pair> worse = pairs.stream()
                .filter(pair -> pair.gain < 0)
                .sorted(Comparator.comparingDouble(Pair::gain))
                .toList();
        List<Pair> better = pairs.stream()
                .filter(pair -> pair.gain > 0)
                .sorted(Comparator.comparingDouble(Pair::gain).reversed())
                .toList();
        output.line("By " + metric + ", " + after + " answers " + rows(worse.size()) + " worse than " + before + ", "
                + rows(better.size()) + " better, and " + rows(pairs.size() - worse.size() - better.size())
                + " equally well.");
        print("Worse", worse, before, after, metric);
        print("Better", better, before, after, metric);
    }

    private static String rows(long count) {
        return Formats.count(count) + (count == 1 ? " row" : " rows");
    }

    private void print(String head, List<Pair> pairs, String before, String after, String metric) {
        if (pairs.isEmpty()) {
            return;
        }
        output.line("");
        output.line(head + (pairs.size() > most ? " (the first " + most + "; --max shows more)" : ""));
        Table table = new Table().row("ROW", "PLACE", before, after, "EXPECTED", before, after);
        pairs.stream()
                .limit(most)
                .forEach(pair -> table.row(
                        pair.before.getRow() + 1,
                        Formats.orDash(PlaceText.of(pair.before.getPlace())),
                        MetricText.value(pair.before.getScoresOrThrow(metric)),
                        MetricText.value(pair.after.getScoresOrThrow(metric)),
                        cut(pair.before.getExpected()),
                        cut(answer(pair.before)),
                        cut(answer(pair.after))));
        table.print(output.out());
    }

    private static String answer(ExampleResult result) {
        return result.hasAnswer() ? result.getAnswer() : result.getOutput();
    }

    private static String cut(String text) {
        return Formats.cut(Table.onOneLine(text.strip()), SHOWN_CHARACTERS);
    }

    private static JsonObject toJson(Pair pair, MetricInfo metric) {
        JsonObject object = new JsonObject();
        object.addProperty("row", pair.before.getRow() + 1);
        object.addProperty("metric", metric.getName());
        object.addProperty("gain", pair.gain);
        object.add("before", CommandOutput.toJsonTree(pair.before));
        object.add("after", CommandOutput.toJsonTree(pair.after));
        return object;
    }
}
