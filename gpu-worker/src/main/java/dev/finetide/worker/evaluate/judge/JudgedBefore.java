package dev.finetide.worker.evaluate.judge;

import dev.finetide.proto.worker.v1.JudgedRows;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The questions that earlier attempts have asked the judge.
public final class JudgedBefore {
    private record Key(ArmPair pair, boolean armFirst) {}

    private final Map<Key, BitSet> settled = new HashMap<>();
    private final Map<Key, BitSet> unreadable = new HashMap<>();

    /// @param judged what the service told about earlier attempts
    public JudgedBefore(List<JudgedRows> judged) {
        for (JudgedRows rows : judged) {
            Key key = new Key(new ArmPair(rows.getArm(), rows.getOther()), rows.getArmFirst());
            settled.put(key, BitSet.valueOf(rows.getSettled().asReadOnlyByteBuffer()));
            unreadable.put(key, BitSet.valueOf(rows.getUnreadable().asReadOnlyByteBuffer()));
        }
    }

    /// Whether a question needs no further reply.
    boolean isSettled(ArmPair pair, int row, boolean armFirst) {
        return settled.getOrDefault(new Key(pair, armFirst), new BitSet()).get(row);
    }

    /// Returns whether a question has got its first reply, and that one is unreadable.
    boolean isUnreadable(ArmPair pair, int row, boolean armFirst) {
        return unreadable.getOrDefault(new Key(pair, armFirst), new BitSet()).get(row);
    }
}
