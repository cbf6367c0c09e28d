package dev.finetide.sft.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Groups sequences of similar length, so that little of a padded batch is padding.
public final class LengthGroups {
    private LengthGroups() {}

    /// Takes sequences, longest first, as long as rows times longest row stays within the limit; a
    /// sequence longer than the limit is alone.
    ///
    /// @param lengths of the sequences, in tokens
    /// @return indexes of the sequences of each group
    public static List<List<Integer>> of(int[] lengths, int limit) {
        List<List<Integer>> groups = new ArrayList<>();
        List<Integer> group = new ArrayList<>();
        for (int i : longestFirst(lengths)) {
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

    /// The matrix libraries make a kernel for each number of tokens they meet. With multiples of this
    /// there are few, which are made once and kept.
    static final int TILE = 32;

    /// The width to which rows are padded: the least from the longest on with which the tokens of all
    /// rows are a multiple of [#TILE].
    public static int width(int rows, int longest) {
        int unit = TILE / Math.min(TILE, Integer.lowestOneBit(rows));
        return Math.ceilDiv(longest, unit) * unit;
    }

    /// What a group costs besides its tokens, in tokens: starting some thousand operators.
    private static final int GROUP_OVERHEAD = 150;

    /// Groups for the least work: padded tokens, their attention, which grows with the square of
    /// the length, and what each group costs by itself. Dynamic programming over the sequences,
    /// longest first. The costliest group comes first: lanes that take one after the other then end at
    /// about the same time.
    ///
    /// @param limit padded tokens of a group, unless a single sequence is longer
    /// @param hidden width of the model, against which attention weighs
    public static List<List<Integer>> cheapest(int[] lengths, int limit, int hidden) {
        List<Integer> byLength = longestFirst(lengths);
        int n = byLength.size();
        double[] total = new double[n + 1];
        int[] first = new int[n + 1];
        for (int end = 1; end <= n; end++) {
            total[end] = Double.POSITIVE_INFINITY;
            for (int begin = end - 1; begin >= 0; begin--) {
                int longest = lengths[byLength.get(begin)];
                int rows = end - begin;
                if (rows > 1 && (long) rows * width(rows, longest) > limit) {
                    break;
                }
                double cost = total[begin] + cost(rows, longest, hidden);
                if (cost < total[end]) {
                    total[end] = cost;
                    first[end] = begin;
                }
            }
        }
        List<List<Integer>> groups = new ArrayList<>();
        for (int end = n; end > 0; end = first[end]) {
            groups.add(byLength.subList(first[end], end));
        }
        groups.sort(Comparator.comparingDouble(
                (List<Integer> group) -> -cost(group.size(), lengths[group.getFirst()], hidden)));
        return groups;
    }

    /// In tokens.
    private static double cost(int rows, int longest, int hidden) {
        long width = width(rows, longest);
        return GROUP_OVERHEAD + rows * width * (1 + width / (6.0 * hidden));
    }

    /// Packs sequences into as few rows as best-fit decreasing finds: longest first, each into the row that it leaves
    /// least room in. Fullest rows first, a sequence longer than the limit alone.
    ///
    /// @param limit tokens of a row
    public static List<List<Integer>> packed(int[] lengths, int limit) {
        List<List<Integer>> rows = new ArrayList<>();
        List<Integer> used = new ArrayList<>();
        for (int i : longestFirst(lengths)) {
            int best = -1;
            for (int row = 0; row < rows.size(); row++) {
                if (used.get(row) + lengths[i] <= limit && (best < 0 || used.get(row) > used.get(best))) {
                    best = row;
                }
            }
            if (best < 0) {
                best = rows.size();
                rows.add(new ArrayList<>());
                used.add(0);
            }
            rows.get(best).add(i);
            used.set(best, used.get(best) + lengths[i]);
        }
        return IntStream.range(0, rows.size())
                .boxed()
                .sorted(Comparator.comparing(used::get, Comparator.reverseOrder()))
                .map(rows::get)
                .toList();
    }

    private static List<Integer> longestFirst(int[] lengths) {
        return IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> lengths[i]).reversed())
                .toList();
    }
}
