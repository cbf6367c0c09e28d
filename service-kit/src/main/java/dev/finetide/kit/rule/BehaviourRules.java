package dev.finetide.kit.rule;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.BehaviourConfig;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Checks the settings of probes, and finds the dataset versions that they name. Runs and
/// evaluations share both.
public final class BehaviourRules {
    private static final String OUT_OF_DOMAIN = ".out_of_domain";
    private static final String TRAIN = "train";

    private BehaviourRules() {}

    /// The settings with resolved names, and the dataset versions that they name.
    ///
    /// @param versions dataset versions, each once
    public record Resolved(BehaviourConfig config, List<DatasetVersion> versions) {}

    /// Returns what breaks a rule, as far as no dataset is needed.
    ///
    /// @param field name of the settings' field in the request
    static List<FieldViolation> violations(String field, BehaviourConfig config) {
        List<FieldViolation> found = new ArrayList<>();
        for (int i = 0; i < config.getProbesCount(); i++) {
            BehaviourKind kind = config.getProbes(i);
            if (kind == BehaviourKind.BEHAVIOUR_KIND_UNSPECIFIED || kind == BehaviourKind.UNRECOGNIZED) {
                found.add(new FieldViolation(field + ".probes[" + i + "]", "expected a kind of behaviour, got none"));
            }
        }
        boolean sized = config.hasRows()
                || config.hasGivenTokens()
                || config.hasRepeatedTokens()
                || config.getDatasetsCount() > 0
                || !config.getOutOfDomain().isEmpty();
        if (sized && config.getProbesCount() == 0) {
            found.add(new FieldViolation(
                    field + ".probes", "expected a kind of behaviour beside other settings of probes, got none"));
        }
        return found;
    }

    /// Returns what a dataset version cannot give: a split of another domain.
    ///
    /// @param field name of the settings' field in the request
    static Optional<FieldViolation> unfit(String field, BehaviourConfig config, DatasetVersion version) {
        String split = config.getOutOfDomain();
        if (split.isEmpty() || split.contains("/")) {
            return Optional.empty();
        }
        if (split.equals(TRAIN)) {
            return Optional.of(
                    new FieldViolation(field + OUT_OF_DOMAIN, "expected another split than train, got " + TRAIN));
        }
        boolean present = version.getSplitsList().stream()
                        .anyMatch(known -> known.getName().equals(split) && known.getRows() > 0)
                || version.getShardsList().stream()
                        .anyMatch(shard -> shard.getPath().startsWith(split + "/"));
        return present
                ? Optional.empty()
                : Optional.of(new FieldViolation(
                        field + OUT_OF_DOMAIN,
                        "expected a split with rows, got %s of %s, which has none"
                                .formatted(split, version.getName())));
    }

    /// Returns the names of dataset versions with their fields.
    ///
    /// @param field name of the settings' field in the request
    public static Map<String, String> names(String field, BehaviourConfig config) {
        Map<String, String> names = new LinkedHashMap<>();
        if (config.getOutOfDomain().contains("/")) {
            names.put(field + OUT_OF_DOMAIN, config.getOutOfDomain());
        }
        for (int i = 0; i < config.getDatasetsCount(); i++) {
            names.put(field + ".datasets[" + i + "]", config.getDatasets(i));
        }
        return names;
    }

    /// Finds the dataset versions.
    ///
    /// @param field name of the settings' field in the request
    /// @param find finds a dataset version by its name
    /// @throws ApiException INVALID_FIELD for a document set, and what `find` throws
    public static Resolved resolve(String field, BehaviourConfig config, Function<String, DatasetVersion> find) {
        Map<String, DatasetVersion> versions = new LinkedHashMap<>();
        Map<String, String> resolved = new LinkedHashMap<>();
        names(field, config).forEach((at, name) -> {
            DatasetVersion version = find.apply(name);
            DocumentRules.refusal(at, version).ifPresent(problem -> {
                throw ApiException.invalidFields(List.of(problem));
            });
            versions.put(version.getName(), version);
            resolved.put(at, version.getName());
        });
        BehaviourConfig.Builder named = config.toBuilder();
        if (resolved.containsKey(field + OUT_OF_DOMAIN)) {
            named.setOutOfDomain(resolved.get(field + OUT_OF_DOMAIN));
        }
        for (int i = 0; i < config.getDatasetsCount(); i++) {
            named.setDatasets(i, resolved.get(field + ".datasets[" + i + "]"));
        }
        return new Resolved(named.build(), List.copyOf(versions.values()));
    }
}
