package dev.finetide.worker.evaluate.probe;

import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.ProbeRows;
import dev.finetide.sft.text.SourcedRow;
import java.util.List;

/// Rows that show one side of a model's behaviour beside the task.
///
/// @param name key of the probe's results
/// @param rows rows to ask; the completion of a row of prompts is never looked at
/// @param size what the rows are asked for
/// @param none why there are no rows; empty where there are some
public record Probe(String name, BehaviourKind kind, List<SourcedRow> rows, ProbeSize size, String none) {
    public static final String TRAIN = "train";
    public static final String OUT_OF_DOMAIN = "out-of-domain";
    public static final String GENERAL_TEXTS = "general texts";
    public static final String MEMORY = "memory";
    public static final String HARMLESS = "harmless prompts";
    public static final String HARMFUL = "harmful prompts";

    public Probe {
        rows = List.copyOf(rows);
    }

    /// Makes a probe with rows.
    public static Probe of(String name, BehaviourKind kind, List<SourcedRow> rows, ProbeSize size) {
        return new Probe(name, kind, rows, size, "");
    }

    /// Makes a probe that has no rows.
    public static Probe none(String name, BehaviourKind kind, String why) {
        return new Probe(name, kind, List.of(), ProbeSize.USUAL, why);
    }

    /// Describes the probe for the report.
    public ProbeRows report() {
        return ProbeRows.newBuilder()
                .setName(name)
                .setKind(kind)
                .setRows(rows.size())
                .setNone(none)
                .build();
    }
}
