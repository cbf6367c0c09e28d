package dev.finetide.sft.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Shares sequences out, those of similar length together.
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

    /// Micro-batches of about equal cost, as many for every lane, each of similar lengths. What counts is
    /// tokens and their attention, which grows with the square of the length.
    ///
    /// @param lanes micro-batches side by side
    /// @param limit tokens of a micro-batch, unless a single sequence is longer; and half of its rows times
    ///     longest row, which attention gathers
    /// @param attention what it costs that a token meets another, of what a token costs by itself
    /// @return for each micro-batch the indexes of its sequences, longest first
    public static List<List<Integer>> microBatches(int[] lengths, int lanes, int limit, double attention) {
        List<Integer> byLength = longestFirst(lengths);
        for (int parts = lanes; ; parts += lanes) {
            List<List<Integer>> microBatches = cut(byLength, lengths, attention, parts);
            if (microBatches.stream().allMatch(microBatch -> fits(microBatch, lengths, limit))) {
                return microBatches;
            }
        }
    }

    private static boolean fits(List<Integer> sequences, int[] lengths, int limit) {
        long tokens = sequences.stream().mapToLong(i -> lengths[i]).sum();
        long slots = (long) sequences.size() * lengths[sequences.getFirst()];
        return tokens <= limit && slots <= 2L * limit || sequences.size() == 1;
    }

    /// Cuts the sequences, one after the other, into parts of equal cost: each belongs to the part that its
    /// middle falls into.
    private static List<List<Integer>> cut(List<Integer> byLength, int[] lengths, double attention, int parts) {
        double share =
                byLength.stream().mapToDouble(i -> cost(lengths[i], attention)).sum() / parts;
        List<List<Integer>> cut = new ArrayList<>();
        double before = 0;
        int part = -1;
        for (int i : byLength) {
            double cost = cost(lengths[i], attention);
            int itsPart = (int) ((before + cost / 2) / share);
            if (itsPart != part) {
                part = itsPart;
                cut.add(new ArrayList<>());
            }
            cut.getLast().add(i);
            before += cost;
        }
        return cut;
    }

    /// Of a sequence, in tokens.
    private static double cost(int length, double attention) {
        return length * (1 + length * attention);
    }

    /// Packs sequences into as few rows as best-fit decreasing finds: longest first, each into the
    /// row that it leaves least room in. Fullest rows first, a sequence longer than the limit
    /// alone.
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
