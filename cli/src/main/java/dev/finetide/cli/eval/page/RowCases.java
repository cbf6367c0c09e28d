package dev.finetide.cli.eval.page;

import dev.finetide.cli.eval.Answers;
import dev.finetide.cli.eval.MetricText;
import dev.finetide.cli.output.Html;
import dev.finetide.cli.output.PlaceText;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Shows single rows under two arms: those that the first answers worse than the second, those that
/// both answer badly, and those that the first answers better.
///
/// @param arm            arm that is judged
/// @param other          arm that it is compared with
/// @param metric         metric that decides
/// @param higherIsBetter whether a larger number of it is the better one
record RowCases(Answers answers, String arm, String other, String metric, boolean higherIsBetter) {
    private static final int SHOWN = 8;
    private static final double SAME = 1e-9;

    /// @param gain how much better the first arm is; negative where it is worse
    /// @param level the better of the two scores, larger is better
    private record Case(ExampleResult first, ExampleResult second, double gain, double level) {}

    /// Returns the sections that have rows, by their heads.
    Map<String, String> sections() {
        List<Case> cases = new ArrayList<>();
        answers.byRow().values().forEach(row -> pair(row).ifPresent(cases::add));
        Map<String, String> sections = new LinkedHashMap<>();
        Comparator<Case> byGain = Comparator.comparingDouble(Case::gain);
        double best = cases.stream().mapToDouble(Case::level).max().orElse(0);
        put(
                sections,
                arm + " is worse than " + other,
                cases.stream().filter(row -> row.gain < -SAME).sorted(byGain).toList());
        put(
                sections,
                "Both are bad",
                cases.stream()
                        .filter(row -> Math.abs(row.gain) <= SAME && row.level < best - SAME)
                        .sorted(Comparator.comparingDouble(Case::level))
                        .toList());
        put(
                sections,
                arm + " is better than " + other,
                cases.stream()
                        .filter(row -> row.gain > SAME)
                        .sorted(byGain.reversed())
                        .toList());
        return sections;
    }

    private Optional<Case> pair(Map<String, ExampleResult> row) {
        ExampleResult first = row.get(arm);
        ExampleResult second = row.get(other);
        if (first == null || second == null || !first.containsScores(metric) || !second.containsScores(metric)) {
            return Optional.empty();
        }
        double sign = higherIsBetter ? 1 : -1;
        double a = sign * first.getScoresOrThrow(metric);
        double b = sign * second.getScoresOrThrow(metric);
        return Double.isFinite(a) && Double.isFinite(b)
                ? Optional.of(new Case(first, second, a - b, Math.max(a, b)))
                : Optional.empty();
    }

    private void put(Map<String, String> sections, String head, List<Case> cases) {
        if (cases.isEmpty()) {
            return;
        }
        StringBuilder html = new StringBuilder();
        cases.stream().limit(SHOWN).forEach(row -> append(row, html));
        String count = cases.size() > SHOWN ? cases.size() + " rows, the first " + SHOWN : cases.size() + " rows";
        sections.put(head + " (" + (cases.size() == 1 ? "1 row" : count) + ")", html.toString());
    }

    private void append(Case row, StringBuilder html) {
        ExampleResult first = row.first;
        html.append("<article class=\"case\">\n<h4>row ").append(first.getRow() + 1);
        if (first.hasPlace()) {
            html.append(", ").append(Html.escaped(PlaceText.of(first.getPlace())));
        }
        html.append("</h4>\n");
        text("question", first.getPrompt(), html);
        text("expected", first.getExpected(), html);
        html.append("<div class=\"sides\">\n");
        answer(arm, first, html);
        answer(other, row.second, html);
        html.append("</div>\n</article>\n");
    }

    private static void text(String head, String text, StringBuilder html) {
        html.append("<h5>")
                .append(head)
                .append("</h5>\n<pre>")
                .append(Html.escaped(text))
                .append("</pre>\n");
    }

    private void answer(String name, ExampleResult result, StringBuilder html) {
        html.append("<div>\n<h5>")
                .append(Html.escaped(name))
                .append(" <span class=\"score\">")
                .append(MetricText.value(result.getScoresOrThrow(metric)))
                .append("</span></h5>\n<pre>");
        String answer = result.hasAnswer() ? result.getAnswer() : result.getOutput();
        for (WordDiff.Piece piece : WordDiff.of(answer, result.getExpected())) {
            String words = Html.escaped(piece.text());
            html.append(piece.same() ? words : "<mark>" + words + "</mark>");
        }
        html.append("</pre>\n");
        if (result.hasAnswer()
                && !result.getAnswer().strip().equals(result.getOutput().strip())) {
            html.append("<p class=\"note\">The whole reply:</p>\n<pre class=\"reply\">")
                    .append(Html.escaped(result.getOutput()))
                    .append("</pre>\n");
        }
        html.append("</div>\n");
    }
}
