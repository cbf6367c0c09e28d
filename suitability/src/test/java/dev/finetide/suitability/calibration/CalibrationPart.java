package dev.finetide.suitability.calibration;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// A part of the calibration: tasks whose bake-offs were made with one base, and the section of the log with their
/// table.
///
/// @param title title of the section
/// @param recorded bake-offs by the name of their task
record CalibrationPart(String title, List<TrialTask> tasks, Map<String, BakeOff> recorded) {
    static List<CalibrationPart> all() throws IOException {
        List<TrialTask> seen = new ArrayList<>(CalibrationTasks.planted());
        seen.addAll(CalibrationTasks.real());
        Map<String, BakeOff> chat = BakeOff.recorded("bake-offs-smollm2.jsonl");
        Predicate<TrialTask> isRecorded = task -> chat.containsKey(task.name());
        return List.of(
                new CalibrationPart("The table", seen, BakeOff.recorded("bake-offs.jsonl")),
                new CalibrationPart(
                        "A base that follows prompts",
                        seen.stream().filter(isRecorded).toList(),
                        chat),
                new CalibrationPart("Tasks that no rule had seen", CalibrationTasks.unseen(), chat));
    }

    /// Returns the lines of the section in a log.
    List<String> section(List<String> log) {
        return log.stream()
                .dropWhile(line -> !line.equals("## " + title))
                .skip(1)
                .takeWhile(line -> !line.startsWith("## "))
                .toList();
    }

    @Override
    public String toString() {
        return title;
    }
}
