package dev.finetide.sft.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Groups sequences of similar length, so that little of a padded batch is padding.
public final class LengthGroups {
    private LengthGroups() {}

    /// Takes sequences, longest first, as long as rows times longest row stays within the limit; a sequence
    /// longer than the
    /// limit is alone.
    ///
    /// @param lengths of the sequences, in tokens
    /// @return indexes of the sequences of each group
    public static List<List<Integer>> of(int[] lengths, int limit) {
        List<Integer> byLength = IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> lengths[i]).reversed())
                .toList();
        List<List<Integer>> groups = new ArrayList<>();
        List<Integer> group = new ArrayList<>();
        for (int i : byLength) {
            if (!group.isEmpty() && (long) (group.size() + 1) * lengths[group.getFirst()] > limit) {
                groups.add(group);
                group = new ArrayList<>();
            }
            group.add(i);
        }
        if (!group.isEmpty()) {
            groups.add(group);
        }
        return groups;
    }

    /// As [#of], but a multiple of `parallel` many groups where there are sequences enough, the largest of them
    /// as small
    /// as can be.
    public static List<List<Integer>> balanced(int[] lengths, int limit, int parallel) {
        int parts = Math.ceilDiv(of(lengths, limit).size(), parallel) * parallel;
        int low = IntStream.of(lengths).max().orElse(1);
        int high = Math.max(low, limit);
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (of(lengths, middle).size() <= parts) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return of(lengths, low);
    }
}
