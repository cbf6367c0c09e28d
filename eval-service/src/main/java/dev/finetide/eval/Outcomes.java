package dev.finetide.eval;

import com.google.protobuf.ByteString;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.worker.v1.AnsweredRows;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Turns results into the outcomes that are kept, and outcomes into the rows that are answered.
final class Outcomes {
    private static final int LONGEST_ANSWER = 200;

    private Outcomes() {}

    /// Returns the result without its texts. A short answer stays, because the report names confused labels.
    static ExampleResult withoutTexts(ExampleResult result) {
        ExampleResult.Builder outcome = result.toBuilder()
                .clearPrompt()
                .clearSentPrompt()
                .clearExpected()
                .clearOutput()
                .clearAnswer();
        if (result.hasAnswer() && result.getAnswer().length() <= LONGEST_ANSWER) {
            outcome.setAnswer(result.getAnswer());
        }
        return outcome.build();
    }

    /// Returns which rows are answered, by arm, draw and probe.
    static List<AnsweredRows> answeredRows(List<ExampleResult> results) {
        Map<List<Object>, BitSet> rows = new LinkedHashMap<>();
        results.forEach(result -> rows.computeIfAbsent(
                        List.of(result.getArm(), result.getRepeat(), result.getProbe()), _ -> new BitSet())
                .set(Math.toIntExact(result.getRow())));
        List<AnsweredRows> answered = new ArrayList<>();
        rows.forEach((key, bits) -> answered.add(AnsweredRows.newBuilder()
                .setArm((String) key.get(0))
                .setRepeat((Integer) key.get(1))
                .setProbe((String) key.get(2))
                .setRows(ByteString.copyFrom(bits.toByteArray()))
                .build()));
        return answered;
    }

    /// Returns the reply without the text that could not be read.
    static JudgeReply withoutTexts(JudgeReply reply) {
        return reply.toBuilder().clearUnreadable().build();
    }
}
