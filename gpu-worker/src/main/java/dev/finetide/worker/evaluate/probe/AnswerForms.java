package dev.finetide.worker.evaluate.probe;

import dev.finetide.metrics.json.JsonText;
import dev.finetide.proto.evaluation.v1.AnswerForm;
import java.util.List;
import java.util.Optional;

/// Describes the form of answers beside their expected answers: what a model may change although
/// its answers stay right.
public final class AnswerForms {
    private AnswerForms() {}

    /// Describes one answer.
    ///
    /// @param reply whole text of the reply
    /// @param labels labels of a classification; empty for other tasks
    public static AnswerForm of(String reply, String expected, List<String> labels) {
        AnswerForm.Builder form =
                AnswerForm.newBuilder().setCharacters(length(reply)).setExpectedCharacters(length(expected));
        if (isJson(expected)) {
            form.setIsJson(isJson(reply));
        }
        if (!labels.isEmpty()) {
            form.setIsLabel(labels.contains(reply.strip()));
        }
        Optional<String> language = LanguageGuess.of(expected);
        Optional<String> own = LanguageGuess.of(reply);
        if (language.isPresent() && own.isPresent()) {
            form.setSameLanguage(language.equals(own));
        }
        return form.build();
    }

    private static int length(String text) {
        String stripped = text.strip();
        return stripped.codePointCount(0, stripped.length());
    }

    /// Whether a text is an object or an array. A single number or word is JSON only by chance.
    private static boolean isJson(String text) {
        String stripped = text.strip();
        boolean opens = stripped.startsWith("{") || stripped.startsWith("[");
        return opens && JsonText.parse(stripped).isPresent();
    }
}
