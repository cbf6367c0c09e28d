package dev.finetide.worker;

import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.BehaviourConfig;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.worker.v1.EvaluateTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.SeenRow;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.worker.evaluate.probe.Probe;
import dev.finetide.worker.evaluate.probe.ProbeSize;
import dev.finetide.worker.evaluate.probe.ShippedTexts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;

/// Draws the rows of probes. The same settings and datasets always give the same rows, so that a
/// later attempt goes on where an earlier one ended.
final class ProbeInputs {
    /// Rows that are drawn for one that is used, because some cannot be asked.
    private static final int SPARE = 8;

    private static final List<String> OUT_OF_DOMAIN_SPLITS = List.of("ood", "out-of-domain", "out_of_domain");
    private static final long SEED = 20;
    private static final String TRAIN = "train";
    private static final String TEST = "test";

    /// Draws rows of a split, always the same ones, in the order of the dataset.
    interface DrawnRows {
        List<SourcedRow> draw(DatasetVersion version, String split, int count);
    }

    private final EvaluateTask task;
    private final DatasetVersion asked;
    private final BehaviourConfig config;
    private final ProbeSize size;
    private final RowEncoder encoder;
    private final DrawnRows rows;

    /// @param encoder encoder of the base, which says which rows can be asked
    ProbeInputs(WorkerSpec spec, RowEncoder encoder, DrawnRows rows) {
        this.task = spec.getEvaluate();
        this.asked = spec.getDatasetVersion();
        this.config = task.getBehaviour();
        this.size = ProbeSize.of(config);
        this.encoder = encoder;
        this.rows = rows;
    }

    /// Returns the probes of all kinds that the settings name; none if no arm is probed.
    List<Probe> probes() {
        List<Probe> probes = new ArrayList<>();
        if (task.getArmsList().stream().noneMatch(EvaluationArm::getProbed)) {
            return probes;
        }
        for (BehaviourKind kind :
                config.getProbesList().stream().distinct().sorted().toList()) {
            switch (kind) {
                case GENERALISATION -> {
                    probes.add(drawn(Probe.TRAIN, kind, asked, List.of(TRAIN), row -> true));
                    probes.add(outOfDomain());
                }
                case FORGETTING -> {
                    probes.add(Probe.of(Probe.GENERAL_TEXTS, kind, ShippedTexts.general(), size));
                    config.getDatasetsList().stream().distinct().forEach(name -> probes.add(other(name)));
                }
                case MEMORISATION -> probes.add(memory());
                case OVER_REFUSAL -> probes.add(Probe.of(Probe.HARMLESS, kind, ShippedTexts.harmless(), size));
                case UNSAFE_ANSWERS -> probes.add(Probe.of(Probe.HARMFUL, kind, ShippedTexts.harmful(), size));
                case DRIFT, BEHAVIOUR_KIND_UNSPECIFIED, UNRECOGNIZED -> {}
            }
        }
        return probes;
    }

    private Probe outOfDomain() {
        String wanted = config.getOutOfDomain();
        if (wanted.contains("/")) {
            return ofVersion(Probe.OUT_OF_DOMAIN, BehaviourKind.GENERALISATION, wanted);
        }
        Optional<String> split = wanted.isEmpty()
                ? OUT_OF_DOMAIN_SPLITS.stream()
                        .filter(name -> hasRows(asked, name))
                        .findFirst()
                : Optional.of(wanted);
        if (split.isEmpty()) {
            return Probe.none(
                    Probe.OUT_OF_DOMAIN,
                    BehaviourKind.GENERALISATION,
                    "the dataset has no split of another domain: none is named ood or out-of-domain");
        }
        return split.get().equals(task.getSplit())
                ? Probe.none(
                        Probe.OUT_OF_DOMAIN,
                        BehaviourKind.GENERALISATION,
                        "the evaluation's own rows are those of the split " + split.get())
                : drawn(Probe.OUT_OF_DOMAIN, BehaviourKind.GENERALISATION, asked, List.of(split.get()), row -> true);
    }

    private Probe other(String name) {
        return ofVersion(name, BehaviourKind.FORGETTING, name);
    }

    private Probe ofVersion(String probe, BehaviourKind kind, String name) {
        return task.getOtherVersionsList().stream()
                .filter(version -> version.getName().equals(name))
                .findFirst()
                .map(version -> drawn(probe, kind, version, List.of(TEST, TRAIN), row -> true))
                .orElseGet(() -> Probe.none(probe, kind, "there is no dataset version " + name));
    }

    private Probe memory() {
        Probe memory = drawn(Probe.MEMORY, BehaviourKind.MEMORISATION, asked, List.of(TRAIN), this::isLong);
        boolean anyRow = !memory.rows().isEmpty()
                || !drawn(Probe.MEMORY, BehaviourKind.MEMORISATION, asked, List.of(TRAIN), row -> true)
                        .rows()
                        .isEmpty();
        return memory.rows().isEmpty() && anyRow ? Probe.tooShort(size) : memory;
    }

    private boolean isLong(SeenRow row) {
        return row.answerTokens() - 1 >= size.shortestAnswer();
    }

    private Probe drawn(
            String name, BehaviourKind kind, DatasetVersion version, List<String> splits, Predicate<SeenRow> suits) {
        List<SourcedRow> usable = new ArrayList<>();
        for (String split : splits) {
            usable.addAll(usable(version, split, size.rows() - usable.size(), suits));
        }
        return usable.isEmpty()
                ? Probe.none(
                        name,
                        kind,
                        "the %s split of %s has no rows that this base can be asked"
                                .formatted(String.join(" and the ", splits), version.getName()))
                : Probe.of(name, kind, usable, size);
    }

    /// Draws rows from the whole split that the base can be asked.
    private List<SourcedRow> usable(DatasetVersion version, String split, int count, Predicate<SeenRow> suits) {
        List<SourcedRow> drawn = new ArrayList<>(count > 0 ? rows.draw(version, split, count * SPARE) : List.of());
        Collections.shuffle(drawn, new Random(SEED));
        return drawn.stream()
                .filter(row -> row.row().hasAnswer())
                .filter(row -> {
                    SeenRow seen = encoder.see(row.row());
                    return seen.refusal().isEmpty() && suits.test(seen);
                })
                .limit(count)
                .toList();
    }

    private static boolean hasRows(DatasetVersion version, String split) {
        return version.getShardsList().stream()
                .anyMatch(shard -> shard.getPath().startsWith(split + "/"));
    }
}
