package dev.finetide.registry;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// One demand on the comparison of two arms, written as a short text:
///
/// ```
/// ARM beats OTHER [by NUMBER] [on METRIC]
/// ARM not-worse OTHER [on METRIC]
/// ```
///
/// @param text   rule as it was written
/// @param arm    name of an arm, or [#TUNED]
/// @param demand relation that must hold
/// @param other  name of an arm, [#UNTRAINED] or [#APPROVED]
/// @param by     difference that must be exceeded; the policy's own if absent
/// @param metric metric to compare; the policy's own if absent
record PolicyRule(String text, String arm, Demand demand, String other, Optional<Double> by, Optional<String> metric) {
    /// The arm that has the run's result as its model.
    static final String TUNED = "tuned";

    /// Every arm of the base alone that was measured.
    static final String UNTRAINED = "untrained";

    /// The version of the model that is approved at the time of the decision.
    static final String APPROVED = "approved";

    private static final String FORM =
            "\"ARM beats OTHER [by NUMBER] [on METRIC]\" or \"ARM not-worse OTHER [on METRIC]\"";
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?");
    private static final Pattern METRIC = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");
    private static final List<String> EARLIER = List.of("exact_match", "token_f1", "loss");
    private static final int WORDS = 3;

    /// Relation of two arms.
    enum Demand {
        BEATS("beats"),
        NOT_WORSE("not-worse");

        private final String word;

        Demand(String word) {
            this.word = word;
        }
    }

    /// Reads a rule.
    ///
    /// @throws IllegalArgumentException if the text is no rule; the message has the text and the expected form
    static PolicyRule parse(String text) {
        List<String> words = List.of(text.strip().split("\\s+"));
        if (words.size() < WORDS) {
            throw wrong(text, "expected " + FORM);
        }
        Demand demand = demand(text, words.get(1));
        Optional<Double> by = Optional.empty();
        Optional<String> metric = Optional.empty();
        for (int i = WORDS; i < words.size(); i += 2) {
            String word = words.get(i);
            if (i + 1 == words.size()) {
                throw wrong(text, "expected a word after \"" + word + "\"");
            }
            if (word.equals("by") && demand == Demand.BEATS && by.isEmpty()) {
                by = Optional.of(difference(text, words.get(i + 1)));
            } else if (word.equals("on") && metric.isEmpty()) {
                metric = Optional.of(metric(text, words.get(i + 1)));
            } else {
                throw wrong(text, "unexpected \"" + word + "\"; expected " + FORM);
            }
        }
        return new PolicyRule(text.strip(), arm(text, words.get(0)), demand, arm(text, words.get(2)), by, metric);
    }

    /// Reads the name of a metric. Names that earlier versions of the settings had are taken, too: "exact-match".
    ///
    /// @throws IllegalArgumentException if the text is no name; the message begins with `where`
    static String metricName(String where, String text) {
        String name = text.strip();
        if (!METRIC.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    where + ": expected the name of a metric such as exact_match, got \"" + text + "\"");
        }
        String plain = name.toLowerCase(Locale.ROOT).replace('-', '_');
        return EARLIER.contains(plain) ? plain : name;
    }

    private static String metric(String text, String word) {
        return metricName(where(text), word);
    }

    private static Demand demand(String text, String word) {
        for (Demand demand : Demand.values()) {
            if (demand.word.equals(word)) {
                return demand;
            }
        }
        throw wrong(text, "expected beats or not-worse as the second word, got \"" + word + "\"");
    }

    private static String arm(String text, String word) {
        if (!NAME.matcher(word).matches()) {
            throw wrong(text, "expected the name of an arm, got \"" + word + "\"");
        }
        return word;
    }

    private static double difference(String text, String word) {
        try {
            double difference = Double.parseDouble(word);
            if (difference >= 0 && Double.isFinite(difference)) {
                return difference;
            }
        } catch (NumberFormatException noNumber) {
            throw wrong(text, "expected a number after \"by\", got \"" + word + "\"");
        }
        throw wrong(text, "expected a number of 0 or more after \"by\", got \"" + word + "\"");
    }

    private static String where(String text) {
        return "registry.policy.rules: \"" + text.strip() + "\"";
    }

    private static IllegalArgumentException wrong(String text, String problem) {
        return new IllegalArgumentException(where(text) + ": " + problem);
    }
}
