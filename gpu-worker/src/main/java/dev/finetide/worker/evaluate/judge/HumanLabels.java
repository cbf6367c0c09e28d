package dev.finetide.worker.evaluate.judge;

import dev.finetide.proto.evaluation.v1.Preference;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.SourcedRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The preferences of humans, by row and pair of arms. A small set of such labels says how far a judge can be
/// trusted.
public final class HumanLabels {
    /// Labels of nobody.
    public static final HumanLabels NONE = new HumanLabels("", Map.of());

    private static final String ARM_A = "arm_a";
    private static final String ARM_B = "arm_b";

    private record Key(int row, ArmPair pair) {}

    private final String source;
    private final Map<Key, Preference> preferences;

    private HumanLabels(String source, Map<Key, Preference> preferences) {
        this.source = source;
        this.preferences = preferences;
    }

    /// Reads labels.
    ///
    /// @param source name of the dataset version of the labels
    /// @param labels rows whose prompt is the number of an asked row, counted from 1, whose completion is A,
    ///     B or tie, and whose tags `arm_a` and `arm_b` name the arms
    /// @param asked number of asked rows
    /// @throws IllegalArgumentException naming the first label that is none, or that contradicts another
    public static HumanLabels read(String source, List<SourcedRow> labels, int asked) {
        Map<Key, Preference> preferences = new LinkedHashMap<>();
        for (int i = 0; i < labels.size(); i++) {
            SourcedRow label = labels.get(i);
            String place = "labels of " + source + ": " + label.place("train", i);
            if (!(label.row() instanceof PromptCompletionRow row)) {
                throw new IllegalArgumentException(place + " has no prompt and completion");
            }
            ArmPair pair = pair(label, place);
            Key key = new Key(number(row, asked, place), pair);
            Preference preference = preference(row, place);
            if (preferences.containsKey(key) || preferences.containsKey(turned(key))) {
                throw new IllegalArgumentException(
                        place + " is the second label of row " + (key.row() + 1) + " for the same two arms");
            }
            preferences.put(key, preference);
        }
        return new HumanLabels(source, preferences);
    }

    private static ArmPair pair(SourcedRow label, String place) {
        String a = label.tags().getOrDefault(ARM_A, "");
        String b = label.tags().getOrDefault(ARM_B, "");
        if (a.isBlank() || b.isBlank() || a.equals(b)) {
            throw new IllegalArgumentException(
                    place + ": expected two different arms in the tags " + ARM_A + " and " + ARM_B);
        }
        return new ArmPair(a, b);
    }

    private static int number(PromptCompletionRow row, int asked, String place) {
        String number = row.prompt().strip();
        if (!number.matches("[1-9]\\d{0,8}") || Integer.parseInt(number) > asked) {
            throw new IllegalArgumentException(
                    place + ": expected the number of an asked row as its prompt, from 1 to " + asked);
        }
        return Integer.parseInt(number) - 1;
    }

    private static Preference preference(PromptCompletionRow row, String place) {
        return switch (row.completion().strip()) {
            case "A" -> Preference.PREFERS_ARM;
            case "B" -> Preference.PREFERS_OTHER;
            case "tie" -> Preference.TIE;
            default -> throw new IllegalArgumentException(place + ": expected A, B or tie as its completion");
        };
    }

    private static Key turned(Key key) {
        return new Key(key.row(), new ArmPair(key.pair().other(), key.pair().arm()));
    }

    /// Refuses labels of which none is about a pair that is judged: the agreement could not be told.
    void requireUseFor(Collection<ArmPair> pairs) {
        boolean used = preferences.isEmpty()
                || preferences.keySet().stream()
                        .anyMatch(key -> pairs.contains(key.pair())
                                || pairs.contains(turned(key).pair()));
        if (!used) {
            throw new IllegalArgumentException(
                    "labels of " + source + ": none is about two arms that are judged against"
                            + " each other; the tags " + ARM_A + " and " + ARM_B + " name them");
        }
    }

    /// Returns what a human prefers.
    Optional<Preference> of(int row, ArmPair pair) {
        Key key = new Key(row, pair);
        return Optional.ofNullable(preferences.get(key))
                .or(() -> Optional.ofNullable(preferences.get(turned(key))).map(HumanLabels::turned));
    }

    private static Preference turned(Preference preference) {
        return switch (preference) {
            case PREFERS_ARM -> Preference.PREFERS_OTHER;
            case PREFERS_OTHER -> Preference.PREFERS_ARM;
            default -> preference;
        };
    }

    /// Returns the rows to judge: those with a label, then the first ones.
    ///
    /// @param most largest number of rows
    /// @param asked number of asked rows
    public List<Integer> rows(int most, int asked) {
        Set<Integer> rows = new LinkedHashSet<>();
        preferences.keySet().forEach(key -> rows.add(key.row()));
        for (int row = 0; row < asked && rows.size() < most; row++) {
            rows.add(row);
        }
        return new ArrayList<>(rows).subList(0, Math.min(most, rows.size()));
    }
}
