package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.SourcedRow;
import java.util.List;
import java.util.Map;

/// A way in which a model is asked the rows of a probe.
interface ProbeAsking {
    /// Returns one result a row, in any order, without what a result says about its arm and probe.
    /// A row that this model cannot be asked has an error.
    ///
    /// @param rows rows by their place in the probe
    List<ExampleResult.Builder> ask(Map<Integer, SourcedRow> rows);

    /// Makes the result of a row that a model cannot be asked.
    static ExampleResult.Builder refused(int row, RowRefused refused) {
        return ExampleResult.newBuilder().setRow(row).setError("the row cannot be asked: " + refused.getMessage());
    }
}
