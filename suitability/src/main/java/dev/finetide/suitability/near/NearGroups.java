package dev.finetide.suitability.near;

import dev.finetide.sft.text.RowTexts;
import dev.finetide.suitability.sample.SampledRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Groups rows whose questions are equal or near, so that a model is never asked what it has nearly learnt. Texts that
/// all questions begin or end with do not count.
///
/// @param of group of each row, by the first row of the group
/// @param near whether near questions are one group; false where they would join most rows, so that only equal
///     questions are one group
public record NearGroups(int[] of, boolean near) {
    /// Part of the rows that one group may have.
    private static final double LARGEST = 0.3;

    /// Finds the groups.
    ///
    /// @param scratch folder of temporary files
    public static NearGroups find(List<SampledRow> rows, Path scratch) throws IOException {
        List<String> questions =
                rows.stream().map(row -> RowTexts.normalised(row.question())).toList();
        int[] equal = equal(questions);
        int start = beginning(questions);
        int end = ending(questions, start);
        int[] near = new int[rows.size()];
        try (NearTexts texts = new NearTexts(NearTexts.USUAL_THRESHOLD, (_, row, _, other) -> row < other, scratch)) {
            for (String question : questions) {
                texts.add(question.substring(start, question.length() - end), new byte[0], 0);
            }
            texts.group();
            for (int row = 0; row < near.length; row++) {
                near[row] = (int) texts.firstOf(row);
            }
        }
        boolean tooLarge = largest(near) > Math.max(1, LARGEST * near.length) && largest(near) > largest(equal);
        return tooLarge ? new NearGroups(equal, false) : new NearGroups(near, true);
    }

    private static int[] equal(List<String> questions) {
        Map<String, Integer> first = new HashMap<>();
        int[] groups = new int[questions.size()];
        for (int row = 0; row < groups.length; row++) {
            Integer known = first.putIfAbsent(questions.get(row), row);
            groups[row] = known == null ? row : known;
        }
        return groups;
    }

    private static int largest(int[] groups) {
        int[] sizes = new int[groups.length];
        for (int group : groups) {
            sizes[group]++;
        }
        return Arrays.stream(sizes).max().orElse(0);
    }

    /// Returns the length of the text that all questions begin with, as far as whole words go.
    private static int beginning(List<String> questions) {
        if (questions.isEmpty()) {
            return 0;
        }
        String first = questions.getFirst();
        int length = first.length();
        for (String question : questions) {
            int same = 0;
            while (same < Math.min(length, question.length()) && question.charAt(same) == first.charAt(same)) {
                same++;
            }
            length = same;
        }
        return length == 0 ? 0 : first.lastIndexOf(' ', length - 1) + 1;
    }

    /// Returns the length of the text that all questions end with, beyond the one that they begin with.
    private static int ending(List<String> questions, int start) {
        if (questions.isEmpty()) {
            return 0;
        }
        String first = questions.getFirst();
        int length = first.length() - start;
        for (String question : questions) {
            int same = 0;
            int most = Math.min(length, question.length() - start);
            while (same < most
                    && question.charAt(question.length() - 1 - same) == first.charAt(first.length() - 1 - same)) {
                same++;
            }
            length = same;
        }
        int end = first.length() - length;
        int space = first.indexOf(' ', end);
        return space < 0 ? 0 : first.length() - space;
    }
}
