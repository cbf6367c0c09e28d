package dev.finetide.cli.run;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.eval.ComparisonText;
import dev.finetide.cli.eval.MetricText;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.cli.output.Wrapped;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.setting.RunSetting;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Prints two runs side by side.
record RunComparison(ComparedRun first, ComparedRun second) {
    private static final double MS = 1000;
    private static final int SHOWN_STEPS = 10;
    private static final int SHOWN_CHARACTERS = 40;

    /// @param all whether equal settings are shown, too
    void print(boolean all, PrintWriter out) {
        printSettings(all, out);
        out.println();
        printCurves(out);
        out.println();
        printScores(out);
        out.flush();
    }

    private String name(ComparedRun compared) {
        return Names.brief(compared.run().getName());
    }

    private void printSettings(boolean all, PrintWriter out) {
        Table table = new Table("SETTING", name(first), name(second));
        boolean any = false;
        for (RunSetting setting : RunSetting.all()) {
            String one = value(first.run().getConfig(), setting);
            String other = value(second.run().getConfig(), setting);
            if (!one.equals(other) || all) {
                table.row(setting.path().substring("config.".length()), one, other);
                any = true;
            }
        }
        if (any) {
            table.print(out);
        } else {
            out.println("Both runs have the same settings.");
        }
    }

    private static String value(TrainingConfig config, RunSetting setting) {
        Message message = config;
        List<String> path = List.of(setting.path().split("\\."));
        for (String step : path.subList(1, path.size() - 1)) {
            message = (Message) message.getField(message.getDescriptorForType().findFieldByName(step));
        }
        FieldDescriptor field = setting.field();
        if (field.isRepeated()) {
            String items = ((List<?>) message.getField(field))
                    .stream().map(RunComparison::text).collect(Collectors.joining(", "));
            return Formats.orDash(Formats.cut(items, SHOWN_CHARACTERS));
        }
        return field.hasPresence() && !message.hasField(field)
                ? "-"
                : Formats.orDash(Formats.cut(text(message.getField(field)), SHOWN_CHARACTERS));
    }

    private static String text(Object value) {
        return switch (value) {
            case EnumValueDescriptor choice ->
                choice.getNumber() == 0 ? "" : choice.getName().toLowerCase(Locale.ROOT);
            case Arm arm -> arm.getName();
            case String text -> Names.brief(text);
            case Double number -> number.toString().replace(".0E", "e").replace('E', 'e');
            default -> String.valueOf(value);
        };
    }

    private void printCurves(PrintWriter out) {
        int last = Math.max(first.curve().lastStep(), second.curve().lastStep());
        if (last == 0) {
            out.println("Neither run has ended with steps, so no losses are shown.");
            return;
        }
        boolean validated = Stream.of(first, second)
                .anyMatch(run -> !run.curve().validations().isEmpty());
        Table table = validated
                ? new Table("UP TO STEP", name(first), "VALIDATION", name(second), "VALIDATION")
                : new Table("UP TO STEP", name(first), name(second));
        int rows = Math.min(SHOWN_STEPS, last);
        for (int row = 1; row <= rows; row++) {
            int from = (int) ((long) last * (row - 1) / rows);
            int to = (int) ((long) last * row / rows);
            Stream<Object> cells = Stream.of(first, second)
                    .flatMap(run -> validated
                            ? Stream.of(
                                    loss(run.curve().meanLoss(from, to)),
                                    loss(run.curve().validationLoss(from, to)))
                            : Stream.of(loss(run.curve().meanLoss(from, to))));
            table.row(Stream.concat(Stream.of(to), cells).toArray());
        }
        out.println("Mean loss of the steps since the row above, in nats");
        table.print(out);
    }

    private static String loss(OptionalDouble loss) {
        return loss.isPresent() ? Formats.loss(loss.getAsDouble()) : "-";
    }

    private void printScores(PrintWriter out) {
        Table table = new Table("RESULT", name(first), name(second));
        row(table, "state", run -> RunDisplay.word(run.run().getState().name()));
        row(
                table,
                "trained in",
                run -> run.run().hasOutput()
                        ? Formats.duration(
                                Duration.ofMillis((long) (run.run().getOutput().getTrainSeconds() * MS)))
                        : "-");
        row(
                table,
                "peak memory",
                run -> run.run().hasOutput()
                        ? Formats.bytes(run.run().getOutput().getPeakMemoryBytes())
                        : "-");
        row(table, "model version", run -> Formats.orDash(Names.brief(run.run().getModelVersion())));
        row(
                table,
                "rows asked",
                run -> run.result().map(arm -> Formats.count(arm.getRows())).orElse("-"));
        for (String metric : metrics()) {
            row(
                    table,
                    metric,
                    run -> run.result()
                            .map(ArmReport::getScoresMap)
                            .map(scores -> scores.get(metric))
                            .map(MetricText::withInterval)
                            .orElse("-"));
        }
        table.print(out);
        Wrapped.lines("", "", comparable()).forEach(out::println);
    }

    private void row(Table table, String name, Function<ComparedRun, String> cell) {
        table.row(name, cell.apply(first), cell.apply(second));
    }

    private Set<String> metrics() {
        Set<String> metrics = new LinkedHashSet<>();
        Stream.of(first, second)
                .flatMap(run -> run.evaluation().stream())
                .forEach(found -> metrics.addAll(found.getReport().getMetricsList()));
        return metrics;
    }

    /// Says whether the scores are those of the same rows.
    private String comparable() {
        List<Evaluation> found = Stream.of(first, second)
                .flatMap(run -> run.evaluation().stream())
                .filter(Evaluation::hasReport)
                .toList();
        if (found.size() < 2) {
            return "Scores are shown when the evaluations of both runs have ended.";
        }
        String one = found.get(0).getSpec().getDatasetVersion();
        String other = found.get(1).getSpec().getDatasetVersion();
        if (!one.equals(other)
                || found.get(0).getReport().getRows()
                        != found.get(1).getReport().getRows()) {
            return "The runs were asked different rows, so that their scores cannot be compared: " + Names.brief(one)
                    + " and " + Names.brief(other) + ".";
        }
        String rows = "Both were asked the rows of " + Names.brief(one) + ". ";
        return paired(first, second)
                .or(() -> paired(second, first))
                .map(sentence -> rows + "Row by row, " + sentence + ".")
                .orElse(rows
                        + "An evaluation with both as arms (finetide eval create) compares them row by row, and tells"
                        + " more than two intervals.");
    }

    /// Returns the comparison of both runs' results on the same rows, if one run's evaluation has the other's model
    /// version as an arm.
    private static Optional<String> paired(ComparedRun run, ComparedRun other) {
        String version = other.run().getModelVersion();
        return run.evaluation()
                .flatMap(found -> found.getArmsList().stream()
                        .filter(arm -> !version.isEmpty()
                                && arm.getArm().getModelVersion().equals(version))
                        .flatMap(arm -> run.result().stream()
                                .flatMap(result -> new ComparisonText(found.getReport())
                                        .sentence(result.getArm(), arm.getArm().getName()).stream()))
                        .map(sentence ->
                                "in the evaluation of " + Names.brief(run.run().getName()) + ", " + sentence)
                        .findFirst());
    }
}
