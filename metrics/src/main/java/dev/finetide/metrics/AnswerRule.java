package dev.finetide.metrics;

import dev.finetide.metrics.calls.CallConvention;
import java.util.List;
import java.util.Optional;

/// A rule that cuts the answer out of a reply. The rule is shown beside the scores, because it
/// decides them.
public interface AnswerRule {
    /// Returns the rule as one plain sentence.
    String describe();

    /// Returns the answer that the reply gives; the reply without white space around it where the
    /// rule finds none.
    ///
    /// @throws IllegalStateException where a pattern of the user's takes too many steps on this
    ///     reply
    String cut(String output);

    /// Returns the rule of a task.
    ///
    /// @param labels labels of a classification, in their order; other tasks have none
    /// @param userPattern regular expression of the user's, which replaces the rule of the task
    /// @throws IllegalArgumentException where the pattern is no regular expression; the message
    ///     says why
    static AnswerRule of(Task task, List<String> labels, Optional<String> userPattern) {
        return of(task, labels, userPattern, CallConvention.PLAIN_JSON);
    }

    /// Returns the rule of a task.
    ///
    /// @param convention the form in which the arm writes calls
    /// @throws IllegalArgumentException where the pattern is no regular expression; the message
    ///     says why
    static AnswerRule of(Task task, List<String> labels, Optional<String> userPattern, CallConvention convention) {
        if (userPattern.isPresent()) {
            return new PatternRule(userPattern.get());
        }
        return switch (task) {
            case CLASSIFICATION -> new LabelRule(labels);
            case NUMBER -> new NumberRule();
            case JSON_EXTRACTION -> new JsonRule();
            case FUNCTION_CALLS -> new CallRule(convention);
            case SHORT_ANSWER, SUMMARY, FREE_TEXT, TEXT -> new WholeReply();
        };
    }
}
