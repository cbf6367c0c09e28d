package dev.finetide.cli.eval.page;

import dev.finetide.cli.output.Html;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Shows which label an arm answered for which expected one. Of many labels, those that are confused
/// most often.
///
/// @param labels labels of the task
/// @param score  metric whose 1 means that an answer is right
record ConfusionTable(List<String> labels, List<ExampleResult> answers, String score) {
    private static final int MOST_LABELS = 12;
    private static final String OTHER = "another label";
    private static final String NONE = "no label";

    /// Returns the table; an empty text if no answer is wrong.
    String html() {
        Map<String, String> known = new HashMap<>();
        labels.forEach(label -> known.put(normalised(label), label));
        Map<String, Map<String, Long>> counts = new TreeMap<>();
        Map<String, Long> errors = new HashMap<>();
        for (ExampleResult result : answers) {
            String expected = known.getOrDefault(
                    normalised(result.getExpected()), result.getExpected().strip());
            String answer = result.getScoresOrDefault(score, 0) == 1
                    ? expected
                    : known.getOrDefault(
                            normalised(result.hasAnswer() ? result.getAnswer() : result.getOutput()), NONE);
            counts.computeIfAbsent(expected, _ -> new TreeMap<>()).merge(answer, 1L, Long::sum);
            if (!answer.equals(expected)) {
                errors.merge(expected, 1L, Long::sum);
                errors.merge(answer, 1L, Long::sum);
            }
        }
        return errors.isEmpty() ? "" : table(counts, shown(errors));
    }

    private static List<String> shown(Map<String, Long> errors) {
        return errors.entrySet().stream()
                .filter(label -> !label.getKey().equals(NONE))
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(MOST_LABELS)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private static String table(Map<String, Map<String, Long>> counts, List<String> shown) {
        List<String> columns = new ArrayList<>(shown);
        columns.add(OTHER);
        columns.add(NONE);
        StringBuilder html = new StringBuilder(
                "<div class=\"wide\"><table class=\"confusion\">\n" + "<tr><th>expected \\ answered</th>");
        columns.forEach(label -> html.append("<th class=\"turned\"><span>")
                .append(Html.escaped(label))
                .append("</span></th>"));
        html.append("</tr>\n");
        for (String expected : shown) {
            Map<String, Long> row = counts.getOrDefault(expected, Map.of());
            html.append("<tr><th>").append(Html.escaped(expected)).append("</th>");
            for (String answer : columns) {
                long count = answer.equals(OTHER)
                        ? row.entrySet().stream()
                                .filter(cell -> !columns.contains(cell.getKey()))
                                .mapToLong(Map.Entry::getValue)
                                .sum()
                        : row.getOrDefault(answer, 0L);
                html.append(
                        count == 0
                                ? "<td></td>"
                                : "<td class=\"%s\">%d</td>"
                                        .formatted(answer.equals(expected) ? "right" : "wrong", count));
            }
            html.append("</tr>\n");
        }
        return html.append("</table></div>\n").toString();
    }

    private static String normalised(String label) {
        return label.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_-]+", "");
    }
}
