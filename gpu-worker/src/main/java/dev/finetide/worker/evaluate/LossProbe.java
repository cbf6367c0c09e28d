package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.sft.RowScore;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.SourcedRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Measures how well a model predicts rows. Nothing is written. The texts stay out of the results.
record LossProbe(AskedModel model) implements ProbeAsking {
    /// Name of the number of bytes whose loss is measured, by which models with different tokens
    /// are compared.
    static final String BYTES = "bytes";

    @Override
    public List<ExampleResult.Builder> ask(Map<Integer, SourcedRow> rows) {
        List<ExampleResult.Builder> results = new ArrayList<>();
        List<ExampleResult.Builder> scored = new ArrayList<>();
        List<ExaminedRow> examined = new ArrayList<>();
        rows.forEach((index, row) -> {
            try {
                examined.add(model.encoder().examine(row.row()));
                scored.add(ExampleResult.newBuilder().setRow(index));
            } catch (RowRefused refused) {
                results.add(ProbeAsking.refused(index, refused));
            }
        });
        List<RowScore> scores = new Scorer(model.lm())
                .score(examined.stream().map(ExaminedRow::tokens).toList());
        for (int i = 0; i < scored.size(); i++) {
            int bytes = examined.get(i).expected().getBytes(StandardCharsets.UTF_8).length;
            results.add(scored.get(i)
                    .setNll(scores.get(i).nll())
                    .setTokens(scores.get(i).supervisedTokens())
                    .putScores(BYTES, bytes));
        }
        return results;
    }
}
