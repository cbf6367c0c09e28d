package dev.finetide.suitability.label;

import dev.finetide.metrics.Task;
import dev.finetide.suitability.relation.AnswerForms;
import dev.finetide.suitability.sample.SampledRow;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The labels of rows. Answers that differ in case or white space alone are one label, which is written as in most
/// rows.
///
/// @param names labels, sorted
/// @param of label of each row, by its place in `names`
record Labels(List<String> names, int[] of) {
    static Labels of(List<SampledRow> rows) {
        AnswerForms forms = new AnswerForms(Task.CLASSIFICATION);
        Map<String, Map<String, Integer>> spellings = new TreeMap<>();
        for (SampledRow row : rows) {
            spellings
                    .computeIfAbsent(forms.form(row.answer()), _ -> new TreeMap<>())
                    .merge(row.answer(), 1, Integer::sum);
        }
        Map<String, String> nameOf = new HashMap<>();
        spellings.forEach((form, counts) -> nameOf.put(
                form,
                counts.entrySet().stream()
                        .max(Comparator.comparingInt((Map.Entry<String, Integer> count) -> count.getValue())
                                .thenComparing(Map.Entry::getKey))
                        .orElseThrow()
                        .getKey()));
        List<String> names = nameOf.values().stream().sorted().toList();
        Map<String, Integer> places = new HashMap<>();
        names.forEach(name -> places.put(name, places.size()));
        return new Labels(
                names,
                rows.stream()
                        .mapToInt(row -> places.get(nameOf.get(forms.form(row.answer()))))
                        .toArray());
    }

    String name(int row) {
        return names.get(of[row]);
    }

    /// Returns how many rows each label has.
    int[] rows() {
        int[] rows = new int[names.size()];
        for (int label : of) {
            rows[label]++;
        }
        return rows;
    }
}
