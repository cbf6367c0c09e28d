package dev.finetide.registry;

import dev.finetide.proto.evaluation.v1.Behaviour;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/// One limit to what training may change beside the task, written as a short text:
///
/// ```
/// KIND at-most NUMBER [on MEASURE]
/// KIND not-worse [on MEASURE]
/// ```
///
/// @param text    limit as it was written
/// @param most    by how much the trained model may be worse than its base; absent where it must
///     not be worse as the interval tells
/// @param measure name of the number that counts; all numbers of the kind if absent
record BehaviourLimit(String text, BehaviourKind kind, OptionalDouble most, Optional<String> measure) {
    private static final String SETTING = "registry.policy.behaviour";
    private static final String FORM = "\"KIND at-most NUMBER [on MEASURE]\" or \"KIND not-worse [on MEASURE]\"";
    private static final String ON = "on";

    /// Answer of a limit about one number.
    record Finding(boolean kept, String reason) {}

    /// Reads a limit.
    ///
    /// @throws IllegalArgumentException if the text is no limit; the message has the text and the
    ///     expected form
    static BehaviourLimit parse(String text) {
        List<String> words = List.of(text.strip().split("\\s+"));
        boolean atMost = words.size() > 2 && words.get(1).equals("at-most");
        boolean notWorse = words.size() > 1 && words.get(1).equals("not-worse");
        if (!atMost && !notWorse) {
            throw wrong(text, "expected " + FORM);
        }
        List<String> rest = words.subList(atMost ? 3 : 2, words.size());
        boolean named = rest.size() > 1 && rest.getFirst().equals(ON);
        if (!named && !rest.isEmpty()) {
            throw wrong(text, "expected " + FORM);
        }
        return new BehaviourLimit(
                text.strip(),
                kind(text, words.getFirst()),
                atMost ? OptionalDouble.of(number(text, words.get(2))) : OptionalDouble.empty(),
                named ? Optional.of(String.join(" ", rest.subList(1, rest.size()))) : Optional.empty());
    }

    private static BehaviourKind kind(String text, String word) {
        return kinds().stream()
                .filter(kind -> word(kind).equals(word))
                .findFirst()
                .orElseThrow(() -> wrong(
                        text,
                        "expected "
                                + kinds().stream().map(BehaviourLimit::word).collect(Collectors.joining(" or "))
                                + " as the first word, got \"" + word + "\""));
    }

    private static List<BehaviourKind> kinds() {
        return Arrays.stream(BehaviourKind.values())
                .filter(kind -> kind != BehaviourKind.BEHAVIOUR_KIND_UNSPECIFIED && kind != BehaviourKind.UNRECOGNIZED)
                .toList();
    }

    private static String word(BehaviourKind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static double number(String text, String word) {
        try {
            double number = Double.parseDouble(word);
            if (number >= 0 && Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException noNumber) {
            throw wrong(text, "expected a number after \"at-most\", got \"" + word + "\"");
        }
        throw wrong(text, "expected a number of 0 or more after \"at-most\", got \"" + word + "\"");
    }

    private static IllegalArgumentException wrong(String text, String problem) {
        return new IllegalArgumentException(SETTING + ": \"" + text.strip() + "\": " + problem);
    }

    /// Judges the behaviour of an arm. What was not measured breaks the limit.
    List<Finding> findings(String arm, List<Behaviour> behaviours) {
        List<Behaviour> found = behaviours.stream()
                .filter(behaviour -> behaviour.getArm().equals(arm) && behaviour.getKind() == kind)
                .filter(behaviour -> !behaviour.getUnmeasured().isEmpty()
                        || measure.isEmpty() && hasGoodSide(behaviour)
                        || measure.equals(Optional.of(behaviour.getName())))
                .toList();
        if (found.isEmpty()) {
            return List.of(new Finding(
                    false,
                    "limit \"%s\": it was not measured; a run measures it with --eval-behaviour %s"
                            .formatted(text, word(kind))));
        }
        return found.stream().map(this::finding).toList();
    }

    private Finding finding(Behaviour behaviour) {
        if (!behaviour.getUnmeasured().isEmpty()) {
            return new Finding(behaviour.getVerdict() == Verdict.NOT_DISTINGUISHABLE, behaviour.getWords());
        }
        boolean kept = most.isPresent()
                ? harm(behaviour) <= most.getAsDouble()
                : behaviour.getVerdict() == Verdict.BETTER || behaviour.getVerdict() == Verdict.NOT_DISTINGUISHABLE;
        String limit = most.isPresent() ? "; at most " + most.getAsDouble() + " is allowed" : "";
        return new Finding(kept, behaviour.getWords() + (kept ? "" : limit));
    }

    /// Returns by how much the arm is worse than its base, or, for a number that has no good side,
    /// how far both are apart.
    private static double harm(Behaviour behaviour) {
        if (!hasGoodSide(behaviour)) {
            return Math.abs(behaviour.getDifference());
        }
        return behaviour.getHigherIsBetter() ? -behaviour.getDifference() : behaviour.getDifference();
    }

    private static boolean hasGoodSide(Behaviour behaviour) {
        return behaviour.getVerdict() != Verdict.VERDICT_UNSPECIFIED;
    }
}
