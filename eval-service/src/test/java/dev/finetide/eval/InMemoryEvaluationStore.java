package dev.finetide.eval;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Variant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Evaluations in memory; one transaction at a time, undone when it throws.
final class InMemoryEvaluationStore implements EvaluationStore {
    private record Answered(String evaluation, long row, Variant variant) {}

    private record Update(String evaluation, EvaluationUpdate update) {}

    private Map<String, Trial> trials = new LinkedHashMap<>();
    private Set<Answered> answered = new HashSet<>();
    private List<Update> updates = new ArrayList<>();
    private boolean inTransaction;

    @Override
    public synchronized <T> T transact(Supplier<T> work) {
        if (inTransaction) {
            return work.get();
        }
        Map<String, Trial> trialsBefore = new LinkedHashMap<>(trials);
        Set<Answered> answeredBefore = new HashSet<>(answered);
        List<Update> updatesBefore = new ArrayList<>(updates);
        inTransaction = true;
        try {
            return work.get();
        } catch (RuntimeException failure) {
            trials = trialsBefore;
            answered = answeredBefore;
            updates = updatesBefore;
            throw failure;
        } finally {
            inTransaction = false;
        }
    }

    @Override
    public synchronized void insert(Trial trial) {
        if (trials.putIfAbsent(trial.name(), trial) != null) {
            throw new IllegalStateException(trial.name() + " is there already");
        }
    }

    @Override
    public synchronized Optional<Trial> find(String name) {
        return Optional.ofNullable(trials.get(name));
    }

    @Override
    public Optional<Trial> lock(String name) {
        return find(name);
    }

    @Override
    public synchronized void update(Trial trial) {
        trials.replace(trial.name(), trial);
    }

    @Override
    public void updateReport(Trial trial) {
        update(trial);
    }

    @Override
    public synchronized List<ExampleResult> addResults(String evaluation, List<ExampleResult> results) {
        return results.stream()
                .filter(result -> answered.add(new Answered(evaluation, result.getRow(), result.getVariant())))
                .toList();
    }

    @Override
    public synchronized void clearResults(String evaluation) {
        answered.removeIf(result -> result.evaluation().equals(evaluation));
    }

    @Override
    public synchronized void append(String evaluation, List<EvaluationUpdate> more) {
        for (EvaluationUpdate update : more) {
            if (updatesAfter(evaluation, 0, Integer.MAX_VALUE).stream()
                    .anyMatch(there -> there.getSequence() == update.getSequence())) {
                throw new IllegalStateException(evaluation + " has update " + update.getSequence() + " already");
            }
            updates.add(new Update(evaluation, update));
        }
    }

    @Override
    public synchronized List<EvaluationUpdate> updatesAfter(String evaluation, long sequence, int limit) {
        return updates.stream()
                .filter(update -> update.evaluation().equals(evaluation))
                .map(Update::update)
                .filter(update -> update.getSequence() > sequence)
                .sorted(Comparator.comparing(EvaluationUpdate::getSequence))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<Trial> active() {
        return trials.values().stream()
                .filter(trial -> trial.state() instanceof EvaluationState.Active)
                .toList();
    }

    @Override
    public synchronized List<Trial> nextQueued(int limit) {
        return trials.values().stream()
                .filter(trial -> trial.state() instanceof EvaluationState.Queued)
                .sorted(Comparator.comparing(
                                (Trial trial) -> Times.instant(trial.view().getCreateTime()))
                        .thenComparing(Trial::name))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<Trial> list(String project, Page page) {
        return trials.values().stream()
                .filter(trial -> ids(trial).getFirst().equals(project))
                .filter(trial -> page.after()
                        .map(after -> ids(trial).get(1).compareTo(after) < 0)
                        .orElse(true))
                .sorted(Comparator.comparing(Trial::name).reversed())
                .limit(page.size() + 1L)
                .toList();
    }

    private static List<String> ids(Trial trial) {
        return ResourceType.EVALUATION.ids("name", trial.name());
    }
}
