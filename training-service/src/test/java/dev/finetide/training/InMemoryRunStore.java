package dev.finetide.training;

import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.work.InMemoryWorkStore;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Stores runs in memory.
final class InMemoryRunStore extends InMemoryWorkStore<Run, TrainingRunUpdate> implements RunStore {
    private Map<String, Answered> answered = new LinkedHashMap<>();
    private Set<String> superseded = new LinkedHashSet<>();

    InMemoryRunStore() {
        super(ResourceType.TRAINING_RUN, TrainingRunUpdate::getSequence);
    }

    @Override
    protected Runnable snapshot() {
        Map<String, Answered> answeredBefore = new LinkedHashMap<>(answered);
        Set<String> supersededBefore = new LinkedHashSet<>(superseded);
        return () -> {
            answered = answeredBefore;
            superseded = supersededBefore;
        };
    }

    @Override
    protected int priority(Run run) {
        return run.view().getConfig().getPriority();
    }

    @Override
    public synchronized Optional<Answered> answer(String requestId, Answered answer) {
        return Optional.ofNullable(answered.putIfAbsent(RequestIds.caller() + requestId, answer));
    }

    @Override
    public synchronized Optional<Answered> answered(String requestId) {
        return Optional.ofNullable(answered.get(RequestIds.caller() + requestId));
    }

    @Override
    public synchronized Map<String, String> activeByFineTuneRun() {
        return all().stream()
                .filter(run -> !run.view().getFinetunerun().isEmpty())
                .filter(run -> !run.hasEnded() && !(run.state() instanceof WorkState.Cancelling))
                .collect(Collectors.toMap(run -> run.view().getFinetunerun(), Run::name));
    }

    @Override
    protected boolean isListed(Run run) {
        return !run.isDeleted();
    }

    @Override
    public synchronized void bury(Run tombstone) {
        update(tombstone);
    }

    @Override
    public synchronized List<Run> open() {
        return all().stream().filter(run -> !run.hasEnded()).toList();
    }

    @Override
    public synchronized List<Run> find(Collection<String> names) {
        return all().stream().filter(run -> names.contains(run.name())).toList();
    }

    @Override
    public synchronized void markSuperseded(String run) {
        superseded.add(run);
    }

    @Override
    public synchronized List<Run> withSuperseded(int limit) {
        return superseded.stream()
                .limit(limit)
                .map(name -> find(name).orElseThrow())
                .toList();
    }

    @Override
    public synchronized void supersededDeleted(String run) {
        superseded.remove(run);
    }
}
