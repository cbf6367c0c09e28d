package dev.finetide.metrics;

import java.util.List;

/// The task that the answers of a train split show.
///
/// @param task the kind of answer
/// @param reason one sentence with the numbers that led to the task
/// @param labels labels of a classification, sorted; empty for other tasks
public record DetectedTask(Task task, String reason, List<String> labels) {
    public DetectedTask {
        labels = List.copyOf(labels);
    }

    /// Returns the task of a train split.
    ///
    /// @param inputs what each row asks
    /// @param trainAnswers the answer of each row, in the same order
    public static DetectedTask of(List<String> inputs, List<String> trainAnswers) {
        return of(inputs, trainAnswers, 0);
    }

    /// Returns the task of a train split whose rows may offer tools.
    ///
    /// @param inputs what each row asks
    /// @param trainAnswers the answer of each row, in the same order; calls stand in it as JSON
    /// @param rowsWithTools number of rows that offer tools
    public static DetectedTask of(List<String> inputs, List<String> trainAnswers, int rowsWithTools) {
        return new TaskDetection(inputs, trainAnswers, rowsWithTools).detect();
    }
}
