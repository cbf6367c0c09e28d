package dev.finetide.worker.evaluate;

import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.sft.CausalLm;
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
        return measures.result(row, reply, encoder, _ -> calls(row));
    }

    /// Returns what calls are scored by. Another model than the base does not write calls as the base's
    /// template shows them, so every object with a name and arguments is one.
    private static RowCalls calls(PromptedRow row) {
        return row.calls(CallConvention.PLAIN_JSON);
    }
}
