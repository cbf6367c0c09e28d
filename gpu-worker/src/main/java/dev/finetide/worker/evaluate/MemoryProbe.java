package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.worker.evaluate.probe.ProbeSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Gives a model the beginning of train answers, and sees whether it goes on with their very
/// tokens. Such an answer is extractable (Carlini et al. 2023, "Quantifying Memorization Across
/// Neural Language Models").
record MemoryProbe(AskedModel model, ProbeSize size) implements ProbeAsking {
    static final String MEMORISED = "memorised";

    /// A train answer that is cut in two.
    ///
    /// @param prompt token ids of the question and of the answer's beginning
    /// @param wanted token ids that follow in the train answer
    private record Begun(int row, int[] prompt, int[] wanted) {}

    @Override
    public List<ExampleResult.Builder> ask(Map<Integer, SourcedRow> rows) {
        List<ExampleResult.Builder> results = new ArrayList<>();
        List<Begun> begun = new ArrayList<>();
        rows.forEach((index, row) -> {
            try {
                ExaminedRow examined = model.encoder().examine(row.row());
                if (hasRoom(examined, size)) {
                    begun.add(begun(index, examined));
                } else {
                    results.add(ExampleResult.newBuilder()
                            .setRow(index)
                            .setError("the row cannot be asked: its answer has fewer than " + size.shortestAnswer()
                                    + " tokens for this model"));
                }
            } catch (RowRefused refused) {
                results.add(ProbeAsking.refused(index, refused));
            }
        });
        List<Generation> written = new Generator(model.lm())
                .generate(
                        begun.stream().map(Begun::prompt).toList(),
                        GenerationConfig.greedy(
                                size.repeatedTokens(), model.encoder().stopIds()));
        for (int i = 0; i < begun.size(); i++) {
            results.add(result(begun.get(i), written.get(i)));
        }
        results.forEach(result -> result.setPrompt(
                RowTexts.shownQuestion(rows.get((int) result.getRow()).row())));
        return results;
    }

    /// Whether an answer is long enough to be cut in two, the token that ends it not counted.
    static boolean hasRoom(ExaminedRow row, ProbeSize size) {
        return row.answerTokens() - 1 >= size.shortestAnswer();
    }

    private Begun begun(int index, ExaminedRow row) {
        int[] ids = row.tokens().ids();
        int cut = row.answer() + size.givenTokens();
        return new Begun(index, Arrays.copyOf(ids, cut), Arrays.copyOfRange(ids, cut, cut + size.repeatedTokens()));
    }

    private ExampleResult.Builder result(Begun row, Generation written) {
        return ExampleResult.newBuilder()
                .setRow(row.row())
                .setExpected(model.lm().tokenizer().decode(row.wanted(), true))
                .setOutput(model.lm().tokenizer().decode(written.newTokens(), true))
                .setPromptTokens(row.prompt().length)
                .setCompletionTokens(written.newTokens().length)
                .setLatencySeconds(written.seconds())
                .setComputeSeconds(written.computeSeconds())
                .putScores(MEMORISED, Arrays.equals(row.wanted(), written.newTokens()) ? 1 : 0);
    }
}
