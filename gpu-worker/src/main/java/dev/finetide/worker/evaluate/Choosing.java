package dev.finetide.worker.evaluate;

import dev.finetide.sft.CausalLm;
import dev.finetide.sft.ChoiceScorer;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.RowEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/// Lets a model choose among the labels: the answer is the label with the highest probability after the
/// prompt, with the token that ends it. Every label has the tokens that it would have as the answer of
/// the row. Nothing is generated.
final class Choosing implements Asking {
    private final CausalLm lm;
    private final RowEncoder encoder;
    private final List<String> labels;
    private final boolean withLoss;
    private List<int[]> usualChoices = List.of();

    /// @param withLoss whether expected answers that are no label are scored, too
    Choosing(CausalLm lm, RowEncoder encoder, List<String> labels, boolean withLoss) {
        this.lm = lm;
        this.withLoss = withLoss;
        this.encoder = encoder;
        this.labels = List.copyOf(labels);
    }

    /// The prompt of a row and the tokens of each label after it. Where a label's first token reaches
    /// into the prompt, the prompt is shorter and the labels are longer.
    private record Choices(int[] prompt, List<int[]> labels) {}

    @Override
    public List<Reply> ask(List<PromptedRow> rows) {
        List<Choices> choices = rows.stream().map(this::choices).toList();
        Map<List<List<Integer>>, List<Integer>> alike = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            alike.computeIfAbsent(key(choices.get(i).labels()), key -> new ArrayList<>())
                    .add(i);
        }
        Reply[] replies = new Reply[rows.size()];
        for (List<Integer> group : alike.values()) {
            long started = System.nanoTime();
            List<double[]> scores = new ChoiceScorer(lm)
                    .logProbabilities(
                            group.stream().map(i -> choices.get(i).prompt()).toList(),
                            choices.get(group.getFirst()).labels());
            double seconds = (System.nanoTime() - started) / 1e9;
            for (int i = 0; i < group.size(); i++) {
                int row = group.get(i);
                replies[row] = reply(rows.get(row), choices.get(row), scores.get(i), seconds, seconds / group.size());
            }
        }
        return Arrays.asList(replies);
    }

    private Reply reply(
            PromptedRow row, Choices choices, double[] logProbabilities, double seconds, double computeSeconds) {
        int best = IntStream.range(0, labels.size())
                .reduce((a, b) -> logProbabilities[b] > logProbabilities[a] ? b : a)
                .orElseThrow();
        double sum = Arrays.stream(logProbabilities)
                .map(logProbability -> Math.exp(logProbability - logProbabilities[best]))
                .sum();
        int labelTokens =
                choices.labels().stream().mapToInt(label -> label.length).sum();
        return new Reply(
                labels.get(best),
                OptionalDouble.of(1 / sum),
                loss(row.examined(), logProbabilities),
                row.examined().tokens().supervisedTokens(),
                choices.prompt().length + labelTokens,
                0,
                withoutEnd(choices.labels().get(best)),
                seconds,
                computeSeconds,
                false);
    }

    /// Returns the loss of the expected answer, which is known already if it is a label and the row's
    /// only answer.
    private OptionalDouble loss(ExaminedRow row, double[] logProbabilities) {
        int label = labels.indexOf(row.expected().strip());
        if (label >= 0 && row.tokens().supervisedTokens() == row.answerTokens()) {
            return OptionalDouble.of(-logProbabilities[label]);
        }
        return withLoss
                ? OptionalDouble.of(
                        new Scorer(lm).score(List.of(row.tokens())).getFirst().nll())
                : OptionalDouble.empty();
    }

    private int withoutEnd(int[] answer) {
        return encoder.stopIds().contains(answer[answer.length - 1]) ? answer.length - 1 : answer.length;
    }

    private static List<List<Integer>> key(List<int[]> choices) {
        return choices.stream()
                .map(choice -> Arrays.stream(choice).boxed().toList())
                .toList();
    }

    /// Returns the choices of a row. A chat template writes the same before every answer, so the tokens
    /// of all labels are known once one row has been looked at, as long as the row's own answer has its
    /// known tokens. Text without a template is looked at label by label, because a label's first token
    /// depends on the end of the prompt.
    private Choices choices(PromptedRow row) {
        ExaminedRow own = row.examined();
        if (encoder.writesTurns()) {
            int label = labels.indexOf(own.expected().strip());
            if (usualChoices.isEmpty()) {
                Choices first = inFull(row);
                if (first.prompt().length == own.answer()) {
                    usualChoices = first.labels();
                }
                return first;
            }
            if (label >= 0 && Arrays.equals(answer(own), usualChoices.get(label))) {
                return new Choices(own.prompt(), usualChoices);
            }
        }
        return inFull(row);
    }

    private static int[] answer(ExaminedRow row) {
        return Arrays.copyOfRange(row.tokens().ids(), row.answer(), row.answer() + row.answerTokens());
    }

    private Choices inFull(PromptedRow row) {
        List<ExaminedRow> rows = labels.stream()
                .map(label -> encoder.examine(row.withAnswer(label)))
                .toList();
        int[] first = rows.getFirst().tokens().ids();
        int prompt = rows.stream().mapToInt(ExaminedRow::answer).min().orElseThrow();
        for (ExaminedRow other : rows) {
            int differ = Arrays.mismatch(first, 0, prompt, other.tokens().ids(), 0, prompt);
            prompt = differ < 0 ? prompt : differ;
        }
        int read = Math.max(1, prompt);
        return new Choices(
                Arrays.copyOf(first, read),
                rows.stream()
                        .map(other ->
                                Arrays.copyOfRange(other.tokens().ids(), read, other.answer() + other.answerTokens()))
                        .toList());
    }
}
