package dev.finetide.sft;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Stops a run before a step, and remembers what it heard.
final class RunRecorder implements TrainingListener {
    final List<StepReport> reports = new ArrayList<>();
    final List<ValidationReport> validations = new ArrayList<>();
    final List<String> refused = new ArrayList<>();
    final List<Integer> startedAt = new ArrayList<>();
    int resumedAt = -1;
    private final int stopAfter;

    /// @param stopAfter steps; -1 for a run to its end
    RunRecorder(int stopAfter) {
        this.stopAfter = stopAfter;
    }

    List<Double> losses() {
        return reports.stream().map(StepReport::loss).toList();
    }

    @Override
    public void onStep(StepReport report) {
        reports.add(report);
    }

    @Override
    public void onValidation(ValidationReport report) {
        validations.add(report);
    }

    @Override
    public void onResume(int step, Path dir) {
        resumedAt = step;
    }

    @Override
    public void onStart(int step) {
        startedAt.add(step);
    }

    @Override
    public void onCheckpointRefused(Path dir, String reason) {
        refused.add(reason);
    }

    @Override
    public boolean stopRequested() {
        return reports.size() == stopAfter;
    }
}
