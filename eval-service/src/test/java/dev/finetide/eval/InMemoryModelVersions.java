package dev.finetide.eval;

import dev.finetide.proto.model.v1.ModelVersion;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Keeps model versions in memory.
final class InMemoryModelVersions implements ModelVersions {
    private final Map<String, ModelVersion> versions = new HashMap<>();

    @Override
    public void save(ModelVersion version) {
        versions.put(version.getName(), version);
    }

    @Override
    public Optional<ModelVersion> find(String name) {
        return Optional.ofNullable(versions.get(name));
    }

    @Override
    public Optional<ModelVersion> approved(String model) {
        return versions.values().stream()
                .filter(version -> version.getName().startsWith(model + "/versions/")
                        && version.getState() == ModelVersion.State.APPROVED)
                .max(Comparator.comparing(version -> Integer.parseInt(
                        version.getName().substring(version.getName().lastIndexOf('/') + 1))));
    }
}
