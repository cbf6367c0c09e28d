package dev.finetide.registry;

import dev.finetide.kit.name.Page;
import dev.finetide.proto.model.v1.ModelVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// A store for tests, which passes the same [ModelStoreContract] as the real store.
final class InMemoryModelStore implements ModelStore {
    private record Row(String model, int number, ModelVersion version) {}

    private Map<String, Integer> models = new HashMap<>();
    private List<Row> rows = new ArrayList<>();

    @Override
    public synchronized <T> T transact(Supplier<T> work) {
        Map<String, Integer> modelsBefore = new HashMap<>(models);
        List<Row> rowsBefore = new ArrayList<>(rows);
        try {
            return work.get();
        } catch (RuntimeException e) {
            models = modelsBefore;
            rows = rowsBefore;
            throw e;
        }
    }

    @Override
    public synchronized int lock(String model) {
        return models.computeIfAbsent(model, name -> 0);
    }

    @Override
    public synchronized void add(String model, int number, ModelVersion version) {
        if (lockOfRun(version.getTrainingRun()).isPresent()) {
            throw new IllegalStateException(version.getTrainingRun() + " has a version");
        }
        rows.add(new Row(model, number, version));
        models.put(model, number);
    }

    @Override
    public synchronized void update(ModelVersion version) {
        rows.replaceAll(row -> row.version().getTrainingRun().equals(version.getTrainingRun())
                ? new Row(row.model(), row.number(), version)
                : row);
    }

    @Override
    public synchronized Optional<ModelVersion> find(String model, int number) {
        return newest(row -> row.model().equals(model) && row.number() == number);
    }

    @Override
    public synchronized Optional<ModelVersion> lock(String model, int number) {
        return find(model, number);
    }

    @Override
    public synchronized Optional<ModelVersion> lockOfRun(String trainingRun) {
        return newest(row -> row.version().getTrainingRun().equals(trainingRun));
    }

    @Override
    public synchronized Optional<ModelVersion> latest(String model) {
        return newest(row -> row.model().equals(model) && row.version().getState() != ModelVersion.State.DELETED);
    }

    @Override
    public synchronized Optional<ModelVersion> latestApproved(String model) {
        return newest(row -> row.model().equals(model) && row.version().getState() == ModelVersion.State.APPROVED);
    }

    @Override
    public synchronized List<Listed> list(String prefix, String trainingRun, Page page) {
        long before = page.after().map(Long::valueOf).orElse(Long.MAX_VALUE);
        List<Listed> found = new ArrayList<>();
        for (int i = rows.size() - 1; i >= 0 && found.size() <= page.size(); i--) {
            Row row = rows.get(i);
            boolean wanted = row.model().equals(prefix)
                    || prefix.endsWith("/") && row.model().startsWith(prefix);
            boolean ofRun =
                    trainingRun.isEmpty() || row.version().getTrainingRun().equals(trainingRun);
            boolean deleted = row.version().getState() == ModelVersion.State.DELETED;
            if (wanted && ofRun && !deleted && i + 1 < before) {
                found.add(new Listed(i + 1, row.version()));
            }
        }
        return found;
    }

    @Override
    public synchronized List<ModelVersion> needing(String base) {
        return rows.stream()
                .map(Row::version)
                .filter(version -> version.getBase().equals(base)
                        && version.getState() != ModelVersion.State.REJECTED
                        && version.getState() != ModelVersion.State.DELETED)
                .toList();
    }

    private Optional<ModelVersion> newest(Predicate<Row> wanted) {
        return rows.reversed().stream().filter(wanted).map(Row::version).findFirst();
    }
}
