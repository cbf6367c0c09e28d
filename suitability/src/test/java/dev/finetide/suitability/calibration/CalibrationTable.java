package dev.finetide.suitability.calibration;

import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.SuitabilityReason;
import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Prints the table of all tasks with their recorded bake-offs, and the reasons of each forecast: `CalibrationTable`,
/// started in the folder of this module.
public final class CalibrationTable {
    private CalibrationTable() {}

    public static void main(String[] args) throws IOException {
        Path scratch = Files.createTempDirectory("calibration");
        for (CalibrationPart part : CalibrationPart.all()) {
            System.out.println("## " + part.title());
            List<String> lines = new ArrayList<>();
            for (TrialTask task : part.tasks()) {
                SuitabilityVerdict forecast = task.forecast(Files.createTempDirectory(scratch, "task"));
                lines.add(line(task, forecast.getFitness(), part.recorded()));
                System.out.println(lines.getLast());
                System.err.printf(
                        "%s: %s%n  %s%n",
                        task,
                        forecast.getFitness(),
                        forecast.getReasonsList().stream()
                                .map(SuitabilityReason::getSentence)
                                .collect(Collectors.joining("\n  ")));
            }
            System.out.println("is training worth it? " + OutcomeRate.ofTraining(lines));
            System.out.println("is the path the named one? " + OutcomeRate.ofPath(lines));
        }
    }

    /// Returns a task's line: rows, scores, the forecast, and whether it came true.
    static String line(TrialTask task, Map<String, BakeOff> recorded, Path scratch) {
        try {
            Path own = Files.createTempDirectory(scratch, "task");
            return line(task, task.forecast(own).getFitness(), recorded);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(TrialTask task, Fitness fitness, Map<String, BakeOff> recorded) throws IOException {
        BakeOff measured = recorded.get(task.name());
        if (measured == null) {
            return "| %s | %d | %s | not run | | | |"
                    .formatted(task, task.train().size(), words(fitness));
        }
        Forecast forecast =
                new Forecast(measured, task.constantShare(), Optional.ofNullable(recorded.get(task.mended())));
        return "| %s | %d | %s | %s | %s | %s | %s |"
                .formatted(
                        task,
                        task.train().size(),
                        words(fitness),
                        scores(measured),
                        measured.pick().map(BakeOff.Arm::name).orElse("none"),
                        forecast.training(fitness).name().toLowerCase(Locale.ROOT),
                        forecast.path(fitness).name().toLowerCase(Locale.ROOT));
    }

    private static String scores(BakeOff measured) {
        return measured.metric() + ": "
                + measured.arms().stream()
                        .map(arm -> String.format(
                                Locale.ROOT,
                                measured.metric().equals("chrf") ? "%s %.1f" : "%s %.2f",
                                arm.name(),
                                arm.value()))
                        .collect(Collectors.joining(", "));
    }

    private static String words(Fitness fitness) {
        return fitness.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
