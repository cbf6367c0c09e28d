package dev.finetide.eval;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.work.v1.State;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Stores advice in memory.
final class InMemoryAdviceStore implements AdviceStore {
    private Map<String, Advice> all = new LinkedHashMap<>();
    private Map<String, Answered> requests = new HashMap<>();

    @Override
    public <T> T transact(Supplier<T> work) {
        Map<String, Advice> allBefore = new LinkedHashMap<>(all);
        Map<String, Answered> requestsBefore = new HashMap<>(requests);
        try {
            return work.get();
        } catch (RuntimeException failure) {
            all = allBefore;
            requests = requestsBefore;
            throw failure;
        }
    }

    @Override
    public Optional<Answered> answer(String requestId, Answered answer) {
        return Optional.ofNullable(requests.putIfAbsent(RequestIds.caller() + requestId, answer));
    }

    @Override
    public Optional<Answered> answered(String requestId) {
        return Optional.ofNullable(requests.get(RequestIds.caller() + requestId));
    }

    @Override
    public void insert(Advice advice) {
        all.put(advice.getName(), advice);
    }

    @Override
    public Optional<Advice> find(String name) {
        return Optional.ofNullable(all.get(name));
    }

    @Override
    public Optional<Advice> lock(String name) {
        return find(name);
    }

    @Override
    public void update(Advice advice) {
        all.replace(advice.getName(), advice);
    }

    @Override
    public List<Advice> running() {
        return all.values().stream()
                .filter(advice -> advice.getState() == State.RUNNING)
                .toList();
    }

    @Override
    public long countRunning(String project) {
        return running().stream()
                .filter(advice -> advice.getName().startsWith("projects/" + project + "/"))
                .count();
    }

    @Override
    public List<Advice> list(String project, Page page) {
        return all.values().stream()
                .filter(advice -> advice.getName().startsWith("projects/" + project + "/"))
                .filter(advice -> page.after()
                        .map(after -> advice.getName().compareTo("projects/" + project + "/advice/" + after) < 0)
                        .orElse(true))
                .sorted(Comparator.comparing(Advice::getName).reversed())
                .limit(page.size() + 1)
                .toList();
    }
}
