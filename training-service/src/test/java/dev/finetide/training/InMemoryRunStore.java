package dev.finetide.training;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Runs in memory; one transaction at a time, undone when it throws.
final class InMemoryRunStore implements RunStore {
    private static final Comparator<Run> NEWEST_FIRST =
            Comparator.comparing(Run::name).reversed();

    private Map<String, Run> runs = new LinkedHashMap<>();
    private Map<String, Answered> answered = new LinkedHashMap<>();
    private List<Map.Entry<String, TrainingRunUpdate>> updates = new ArrayList<>();
    private Set<String> superseded = new LinkedHashSet<>();
    private boolean inTransaction;

    @Override
    public synchronized <T> T transact(Supplier<T> work) {
        if (inTransaction) {
            return work.get();
        }
        Map<String, Run> runsBefore = new LinkedHashMap<>(runs);
        Map<String, Answered> answeredBefore = new LinkedHashMap<>(answered);
        List<Map.Entry<String, TrainingRunUpdate>> updatesBefore = new ArrayList<>(updates);
        Set<String> supersededBefore = new LinkedHashSet<>(superseded);
        inTransaction = true;
        try {
            return work.get();
        } catch (RuntimeException failure) {
            runs = runsBefore;
            answered = answeredBefore;
            updates = updatesBefore;
            superseded = supersededBefore;
            throw failure;
        } finally {
            inTransaction = false;
        }
    }

    @Override
    public synchronized Optional<Answered> answer(String requestId, Answered answer) {
        return Optional.ofNullable(answered.putIfAbsent(requestId, answer));
    }

    @Override
    public synchronized Optional<Answered> answered(String requestId) {
        return Optional.ofNullable(answered.get(requestId));
    }

    @Override
    public synchronized void insert(Run run) {
        if (runs.putIfAbsent(run.name(), run) != null) {
            throw new IllegalStateException(run.name() + " is there already");
        }
    }

    @Override
    public synchronized Optional<Run> find(String name) {
        return Optional.ofNullable(runs.get(name));
    }

    @Override
    public Optional<Run> lock(String name) {
        return find(name);
    }

    @Override
    public synchronized void update(Run run) {
        runs.replace(run.name(), run);
    }

    @Override
    public void updateReport(Run run) {
        update(run);
    }

    @Override
    public synchronized void append(String run, TrainingRunUpdate update) {
        if (updates.stream()
                .anyMatch(entry ->
                        entry.getKey().equals(run) && entry.getValue().getSequence() == update.getSequence())) {
            throw new IllegalStateException(run + " has update " + update.getSequence() + " already");
        }
        updates.add(Map.entry(run, update));
    }

    @Override
    public synchronized List<TrainingRunUpdate> updatesAfter(String run, long sequence, int limit) {
        return updates.stream()
                .filter(entry -> entry.getKey().equals(run))
                .map(Map.Entry::getValue)
                .filter(update -> update.getSequence() > sequence)
                .sorted(Comparator.comparing(TrainingRunUpdate::getSequence))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<ActiveRun> active() {
        return runs.values().stream()
                .map(ActiveRun::of)
                .flatMap(Optional::stream)
                .toList();
    }

    @Override
    public synchronized List<Run> nextQueued(int limit) {
        Comparator<Run> highestFirst =
                Comparator.comparing((Run run) -> -run.view().getConfig().getPriority());
        return runs.values().stream()
                .filter(run -> run.state() instanceof RunState.Queued)
                .sorted(highestFirst
                        .thenComparing(run -> Times.instant(run.view().getCreateTime()))
                        .thenComparing(Run::name))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized Map<String, String> ofFineTuneRuns() {
        return runs.values().stream()
                .filter(run -> !run.view().getFinetunerun().isEmpty())
                .filter(run -> !run.hasEnded() && !(run.state() instanceof RunState.Cancelling))
                .collect(Collectors.toMap(run -> run.view().getFinetunerun(), Run::name));
    }

    @Override
    public synchronized void markSuperseded(String run) {
        superseded.add(run);
    }

    @Override
    public synchronized List<Run> withSuperseded(int limit) {
        return superseded.stream().limit(limit).map(runs::get).toList();
    }

    @Override
    public synchronized void supersededDeleted(String run) {
        superseded.remove(run);
    }

    @Override
    public synchronized List<Run> list(String project, Page page) {
        return runs.values().stream()
                .filter(run -> ids(run).getFirst().equals(project))
                .filter(run -> page.after()
                        .map(after -> ids(run).get(1).compareTo(after) < 0)
                        .orElse(true))
                .sorted(NEWEST_FIRST)
                .limit(page.size() + 1L)
                .toList();
    }

    private static List<String> ids(Run run) {
        return ResourceType.TRAINING_RUN.ids("name", run.name());
    }
}
