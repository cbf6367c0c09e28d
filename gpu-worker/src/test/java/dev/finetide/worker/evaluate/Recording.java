package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Keeps everything that an evaluation finds out, and asks to stop after a number of reports or answers.
class Recording implements EvaluationListener {
    final List<String> events = new ArrayList<>();
    final Map<String, ArmPreparation> preparations = new LinkedHashMap<>();
    final List<ExampleResult> results = new ArrayList<>();
    final Map<String, Throwable> failures = new LinkedHashMap<>();
    private int reportsLeft = Integer.MAX_VALUE;
    private int answersLeft = Integer.MAX_VALUE;

    static Recording stoppingAfter(int reports) {
        Recording recording = new Recording();
        recording.reportsLeft = reports;
        return recording;
    }

    static Recording stoppingAfterAnswers(int answers) {
        Recording recording = new Recording();
        recording.answersLeft = answers;
        return recording;
    }

    @Override
    public void onPrepared(ArmPreparation preparation) {
        events.add("prepared " + preparation.getArm());
        preparations.put(preparation.getArm(), preparation);
    }

    @Override
    public void onTried(String arm, String prompting, double score, int rows) {
        events.add("tried " + arm + ", " + prompting);
    }

    @Override
    public void onProbe(String arm, String probe) {
        events.add("probe " + arm + ", " + probe);
    }

    @Override
    public void onResults(List<ExampleResult> some) {
        events.add("results " + some.getFirst().getArm());
        results.addAll(some);
        reportsLeft--;
        answersLeft -= some.size();
    }

    @Override
    public void awaitKept() {
        events.add("kept");
    }

    @Override
    public void onArmFailed(String arm, Throwable failure) {
        events.add("failed " + arm);
        failures.put(arm, failure);
    }

    @Override
    public boolean stopRequested() {
        return reportsLeft <= 0 || answersLeft <= 0;
    }

    List<ExampleResult> of(String arm) {
        return results.stream().filter(result -> result.getArm().equals(arm)).toList();
    }
}
