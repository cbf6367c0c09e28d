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
/// @param tooShort whether there are none because all train answers are too short to show memory
public record Probe(
        String name, BehaviourKind kind, List<SourcedRow> rows, ProbeSize size, String none, boolean tooShort) {
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
        return new Probe(name, kind, rows, size, "", false);
    }

    /// Makes a probe that has no rows.
    public static Probe none(String name, BehaviourKind kind, String why) {
        return new Probe(name, kind, List.of(), ProbeSize.USUAL, why, false);
    }

    /// Makes the probe of memory where no train answer is long enough.
    public static Probe tooShort(ProbeSize size) {
        return new Probe(
                MEMORY,
                BehaviourKind.MEMORISATION,
                List.of(),
                size,
                "none to be seen: no train answer has the %d tokens that are given and the %d that must follow"
                        .formatted(size.givenTokens(), size.repeatedTokens()),
                true);
    }

    /// Describes the probe for the report.
    public ProbeRows report() {
        return ProbeRows.newBuilder()
                .setName(name)
                .setKind(kind)
                .setRows(rows.size())
                .setNone(none)
                .setTooShort(tooShort)
                .build();
    }
}
