package dev.finetide.suitability.relation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.calls.Call;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.json.JsonFields;
import dev.finetide.metrics.json.JsonText;
import dev.finetide.metrics.text.Numbers;
import dev.finetide.metrics.text.Words;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.suitability.linear.TextTerms;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Decides whether answers to one question contradict each other: the one rule of the report, of evaluations and of
/// advice. Answers of one form are the same answer.
///
/// | task | two answers are one form, where … | different forms contradict each other |
/// | --- | --- | --- |
/// | classification, short answer | case, white space, the form of numbers and marks at the end alone differ | always |
/// | number | they end in the same number | always |
/// | JSON | they have the same fields with the same values | always |
/// | function calls | they have the same calls; all answers without a call are one form | always |
/// | summary, free text | as for a short answer | where they differ in facts ([FactsOfText]): others are paraphrases |
/// | text | always | never |
public final class AnswerForms {
    /// Answers of a question beyond so many different ones are not compared.
    public static final int MOST_ANSWERS = 16;

    /// Characters beyond which an answer is compared as it stands.
    private static final int LONGEST = 50_000;

    private static final String WITHOUT_CALL = "no call";
    private static final String MARKS = ".!?;,\u3002\uff01\uff1f\u0964 ";

    private final Task task;

    public AnswerForms(Task task) {
        this.task = task;
    }

    /// Returns a text that answers of one form share.
    public String form(String answer) {
        if (answer.length() > LONGEST) {
            return answer.length() + " " + TextTerms.hash(answer);
        }
        return switch (task) {
            case CLASSIFICATION, SHORT_ANSWER, SUMMARY, FREE_TEXT -> ofText(answer);
            case NUMBER ->
                Numbers.answerIn(answer)
                        .flatMap(Numbers::value)
                        .map(AnswerForms::plain)
                        .orElseGet(() -> ofText(answer));
            case JSON_EXTRACTION -> ofJson(answer).orElseGet(() -> ofText(answer));
            case FUNCTION_CALLS -> ofCalls(answer);
            case TEXT -> "";
        };
    }

    /// Returns whether different forms alone make a contradiction, so that the answers' texts need not be looked at.
    boolean decidesByForm() {
        return switch (task) {
            case CLASSIFICATION, SHORT_ANSWER, NUMBER, JSON_EXTRACTION, FUNCTION_CALLS, TEXT -> true;
            case SUMMARY, FREE_TEXT -> false;
        };
    }

    /// Returns whether some of a question's answers contradict each other.
    ///
    /// @param answers answers of different forms; the first 16 are compared
    public boolean contradict(List<String> answers) {
        if (decidesByForm()) {
            return answers.size() > 1;
        }
        List<FactsOfText> facts =
                answers.stream().limit(MOST_ANSWERS).map(FactsOfText::of).toList();
        for (int one = 0; one < facts.size(); one++) {
            for (int other = 0; other < one; other++) {
                if (facts.get(one).contradicts(facts.get(other))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String ofText(String answer) {
        Optional<BigDecimal> number = Numbers.value(answer);
        if (number.isPresent()) {
            return plain(number.get());
        }
        String folded = RowTexts.normalised(Words.folded(answer));
        int end = folded.length();
        while (end > 0 && MARKS.indexOf(folded.charAt(end - 1)) >= 0) {
            end--;
        }
        return end == 0 ? folded : folded.substring(0, end);
    }

    private static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toString();
    }

    private static Optional<String> ofJson(String answer) {
        try {
            return JsonText.parse(answer.strip()).map(AnswerForms::fields);
        } catch (IllegalArgumentException tooDeep) {
            return Optional.empty();
        }
    }

    private static String fields(JsonNode json) {
        return new TreeMap<>(JsonFields.of(json)).toString().toLowerCase(Locale.ROOT);
    }

    private static String ofCalls(String answer) {
        List<Call> calls = CallConvention.PLAIN_JSON.read(answer).calls();
        try {
            return calls.isEmpty()
                    ? WITHOUT_CALL
                    : calls.stream()
                            .map(call -> call.name() + fields(call.arguments()))
                            .sorted()
                            .collect(Collectors.joining("; "));
        } catch (IllegalArgumentException tooDeep) {
            return ofText(answer);
        }
    }
}
