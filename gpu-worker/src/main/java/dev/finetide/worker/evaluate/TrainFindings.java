package dev.finetide.worker.evaluate;

import dev.finetide.metrics.Task;
import dev.finetide.proto.evaluation.v1.DataFindings;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.suitability.relation.AnswerForms;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Counts what the train rows say about the task: questions that contradict each other, and how the
/// answers repeat.
public final class TrainFindings {
    private TrainFindings() {}

    /// Looks at the train rows. Rows that differ in white space alone ask the same; [AnswerForms] says which answers
    /// contradict each other.
    public static DataFindings of(List<TextRow> train, Task task) {
        if (!train.isEmpty() && train.getFirst() instanceof TextOnlyRow) {
            return ofTexts(train);
        }
        AnswerForms forms = new AnswerForms(task);
        Map<String, Map<String, String>> answersOf = new HashMap<>();
        Map<String, Long> rowsOf = new HashMap<>();
        Map<String, Long> answers = new HashMap<>();
        for (TextRow row : train) {
            String asked = RowTexts.asked(row);
            String answer = RowTexts.normalised(RowTexts.answer(row));
            answersOf
                    .computeIfAbsent(asked, key -> new LinkedHashMap<>())
                    .putIfAbsent(forms.form(RowTexts.answer(row)), RowTexts.answer(row));
            rowsOf.merge(asked, 1L, Long::sum);
            answers.merge(answer, 1L, Long::sum);
        }
        long contradicting = answersOf.entrySet().stream()
                .filter(question -> question.getValue().size() > 1
                        && forms.contradict(List.copyOf(question.getValue().values())))
                .mapToLong(question -> rowsOf.get(question.getKey()))
                .sum();
        long most = answers.values().stream().mapToLong(Long::longValue).max().orElse(0);
        return DataFindings.newBuilder()
                .setTrainRows(train.size())
                .setDistinctInputs(answersOf.size())
                .setContradictingRows(contradicting)
                .setDistinctAnswers(answers.size())
                .setMajorityShare(train.isEmpty() ? 0 : (double) most / train.size())
                .build();
    }

    /// Counts texts, which have no answers.
    private static DataFindings ofTexts(List<TextRow> train) {
        return DataFindings.newBuilder()
                .setTrainRows(train.size())
                .setDistinctInputs(
                        train.stream().map(RowTexts::asked).distinct().count())
                .build();
    }
}
