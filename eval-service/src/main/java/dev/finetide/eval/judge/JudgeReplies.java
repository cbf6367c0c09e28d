package dev.finetide.eval.judge;

import com.google.protobuf.ByteString;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.Preference;
import dev.finetide.proto.worker.v1.JudgedRows;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The replies of an evaluation's judge as a whole: which questions need no further one, and which do.
///
/// @param replies all replies that were kept
public record JudgeReplies(List<JudgeReply> replies) {
    /// Number of times that a question is asked at most.
    private static final int ASKS = 2;

    private static final int ORDERS = 2;

    public JudgeReplies {
        replies = List.copyOf(replies);
    }

    /// Whether a reply ends its question.
    static boolean isSettled(JudgeReply reply) {
        return reply.getPreference() != Preference.UNREADABLE || reply.getAsk() >= ASKS;
    }

    /// Returns whether nothing is left to ask about some arms.
    ///
    /// @param arms names of arms that are judged against another one
    public boolean areWholeFor(Collection<String> arms) {
        return arms.stream().allMatch(arm -> {
            List<JudgeReply> settled = replies.stream()
                    .filter(reply -> reply.getArm().equals(arm) && isSettled(reply))
                    .toList();
            return !settled.isEmpty()
                    && settled.size() == ORDERS * settled.getFirst().getTotalRows();
        });
    }

    private record Key(String arm, String other, boolean armFirst) {}

    /// Returns the rows that were asked about, for the worker that goes on.
    public List<JudgedRows> rows() {
        Map<Key, BitSet> settled = new LinkedHashMap<>();
        Map<Key, BitSet> unreadable = new LinkedHashMap<>();
        for (JudgeReply reply : replies) {
            Key key = new Key(reply.getArm(), reply.getOther(), reply.getArmFirst());
            settled.computeIfAbsent(key, _ -> new BitSet());
            unreadable.computeIfAbsent(key, _ -> new BitSet());
            (isSettled(reply) ? settled : unreadable).get(key).set(Math.toIntExact(reply.getRow()));
        }
        List<JudgedRows> rows = new ArrayList<>();
        settled.forEach((key, bits) -> rows.add(JudgedRows.newBuilder()
                .setArm(key.arm())
                .setOther(key.other())
                .setArmFirst(key.armFirst())
                .setSettled(ByteString.copyFrom(bits.toByteArray()))
                .setUnreadable(ByteString.copyFrom(unreadable.get(key).toByteArray()))
                .build()));
        return rows;
    }
}
