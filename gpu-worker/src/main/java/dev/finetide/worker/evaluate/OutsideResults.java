package dev.finetide.worker.evaluate;

import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.RowEncoder;

/// Makes the results of answers that the engine has not computed. Lengths of texts are counted in the
/// base's tokens, as in all other arms.
final class OutsideResults {
    private final CausalLm base;
    private final RowEncoder encoder;
    private final RowMeasures measures;

    /// @param encoder encoder that has examined the rows
    OutsideResults(CausalLm base, RowEncoder encoder, Measuring measuring) {
        this.base = base;
        this.encoder = encoder;
        this.measures = new RowMeasures(measuring);
    }

    /// Returns the number of tokens that the base has for a text.
    int tokens(String text) {
        return text.isEmpty() ? 0 : base.tokenizer().encode(text, false).length;
    }

    ExampleResult.Builder result(PromptedRow row, Reply reply) {
        String expected = row.examined().expected();
        ExampleResult.Builder result = ExampleResult.newBuilder()
                .setRow(row.index())
                .setExpected(expected)
                .setOutput(reply.output())
                .setOutputCut(reply.cut())
                .setPromptTokens(reply.readTokens())
                .setCompletionTokens(reply.writtenTokens())
                .setLatencySeconds(reply.seconds())
                .setComputeSeconds(reply.computeSeconds());
        measures.measure(expected, reply, expectedTokens(row.examined()), _ -> calls(row), result);
        return result;
    }

    /// Returns what calls are scored by. Another model than the base does not write calls as the base's
    /// template shows them, so every object with a name and arguments is one.
    private static RowCalls calls(PromptedRow row) {
        return row.calls(CallConvention.PLAIN_JSON);
    }

    /// Counts the expected answer's tokens without the one that ends it.
    private int expectedTokens(ExaminedRow row) {
        int last = row.tokens().ids()[row.answer() + row.answerTokens() - 1];
        return row.answerTokens() - (encoder.stopIds().contains(last) ? 1 : 0);
    }
}
