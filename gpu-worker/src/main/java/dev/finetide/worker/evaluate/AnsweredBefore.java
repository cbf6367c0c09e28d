package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.worker.v1.AnsweredRows;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The part of an evaluation that earlier attempts have done: how arms were prepared, and which rows
/// they have answered.
public final class AnsweredBefore {
    private final Map<String, ArmPreparation> preparations;
    private final Map<String, BitSet> rows = new HashMap<>();

    private AnsweredBefore(List<ArmPreparation> preparations, List<AnsweredRows> answered) {
        this.preparations =
                preparations.stream().collect(Collectors.toMap(ArmPreparation::getArm, Function.identity()));
        for (AnsweredRows part : answered) {
            rows.computeIfAbsent(key(part.getArm(), part.getRepeat(), part.getProbe()), key -> new BitSet())
                    .or(BitSet.valueOf(part.getRows().asReadOnlyByteBuffer()));
        }
    }

    /// Reads what the service told about earlier attempts.
    public static AnsweredBefore of(ClaimAttemptResponse claim) {
        return new AnsweredBefore(claim.getPreparationsList(), claim.getAnsweredList());
    }

    /// Returns how an arm was prepared; empty if it was not.
    Optional<ArmPreparation> preparation(String arm) {
        return Optional.ofNullable(preparations.get(arm));
    }

    /// Whether an arm has answered a row.
    boolean has(String arm, int repeat, int row) {
        return rows.getOrDefault(key(arm, repeat, ""), new BitSet()).get(row);
    }

    /// Whether an arm has answered a row of a probe.
    boolean hasProbed(String arm, String probe, int row) {
        return rows.getOrDefault(key(arm, 0, probe), new BitSet()).get(row);
    }

    private static String key(String arm, int repeat, String probe) {
        return arm + "/" + repeat + "/" + probe;
    }
}
