package dev.finetide.sft.decoder;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Groups of sequences that are computed together, each of sequences of similar length.
public final class LengthGroups {
    private LengthGroups() {}

    /// Cuts sequences, longest first, into groups. A group's rows times its longest row stay within the limit; a
    /// sequence longer than the limit is alone.
    ///
    /// @param lengths lengths of the sequences, in tokens
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

    /// Cuts sequences into micro-batches of about equal cost, the same number of them for every thread. The
    /// cost of a sequence counts its tokens and their attention, which grows with the square of the length.
    ///
    /// @param shared tokens that all sequences begin with, computed once a micro-batch
    /// @param threads micro-batches that run side by side
    /// @param limit tokens of a micro-batch in addition to the shared ones, unless a single sequence is
    ///     longer; also half of the most places that attention gathers (rows times the longest row's own
    ///     tokens), and an eighth of the most rows times shared tokens
    /// @param attention cost of one pair of tokens in attention, relative to the cost of one token in
    ///     everything else
    /// @return for each micro-batch the indexes of its sequences, longest first
    public static List<List<Integer>> microBatches(
            int[] lengths, int shared, int threads, int limit, double attention) {
        double[] costs = IntStream.of(lengths)
                .mapToDouble(length -> cost(length, attention) - cost(shared, attention))
                .toArray();
        List<Integer> byLength = longestFirst(lengths);
        for (int parts = threads; ; parts += threads) {
            List<List<Integer>> microBatches = cut(byLength, costs, parts);
            if (microBatches.stream().allMatch(microBatch -> fits(microBatch, lengths, shared, limit))) {
                return microBatches;
            }
        }
    }

    /// Returns the cost of a sequence, in tokens.
    private static double cost(int length, double attention) {
        return length * (1 + length * attention);
    }

    private static boolean fits(List<Integer> sequences, int[] lengths, int shared, int limit) {
        long rows = sequences.size();
        long own = sequences.stream().mapToLong(i -> lengths[i] - shared).sum();
        long places = rows * (lengths[sequences.getFirst()] - shared);
        return rows == 1 || own <= limit && places <= 2L * limit && rows * shared <= 8L * limit;
    }

    /// Fills one part after the other up to its share of what is left. A part takes the longest sequence, then
    /// others in order as long as they fit, and at the end the one that comes nearest to the share, if the part
    /// is nearer to it with that sequence than without.
    private static List<List<Integer>> cut(List<Integer> byLength, double[] costs, int parts) {
        List<Integer> left = new ArrayList<>(byLength);
        List<List<Integer>> cut = new ArrayList<>();
        for (int open = parts; open > 1 && !left.isEmpty(); open--) {
            List<Integer> part = new ArrayList<>();
            double room = left.stream().mapToDouble(i -> costs[i]).sum() / open;
            do {
                room -= costs[left.getFirst()];
                part.add(left.removeFirst());
            } while (!left.isEmpty() && costs[left.getFirst()] <= room);
            double gap = room;
            left.stream()
                    .min(Comparator.comparingDouble(i -> Math.abs(costs[i] - gap)))
                    .filter(nearest -> Math.abs(costs[nearest] - gap) < gap)
                    .ifPresent(nearest -> {
                        part.add(nearest);
                        left.remove(nearest);
                    });
            cut.add(part);
        }
        if (!left.isEmpty()) {
            cut.add(left);
        }
        return cut;
    }

    /// Packs sequences into as few rows as best-fit decreasing finds: longest sequence first, each into the
    /// row in which it leaves the least room. A sequence longer than the limit is alone.
    ///
    /// @param limit tokens of a row
    /// @return indexes of the sequences of each row, fullest row first
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
