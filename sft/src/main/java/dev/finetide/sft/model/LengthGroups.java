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

    /// What a group costs besides its tokens, in tokens: starting the operators of its attention.
    private static final int GROUP_OVERHEAD = 40;

    /// Micro-batches of about equal cost, as many for every lane, each in groups of similar length.
    /// What counts is padded tokens, their attention, which grows with the square of the length,
    /// and what each group costs by itself.
    ///
    /// @param lanes micro-batches side by side
    /// @param limit padded tokens of a micro-batch, unless a single sequence is longer
    /// @param hidden width of the model, against which attention weighs
    /// @return for each micro-batch, for each of its groups, the indexes of its sequences
    public static List<List<List<Integer>>> microBatches(int[] lengths, int lanes, int limit, int hidden) {
        List<List<Integer>> groups = cheapest(lengths, hidden);
        for (int parts = lanes; ; parts += lanes) {
            List<List<List<Integer>>> microBatches = cut(groups, lengths, hidden, parts);
            if (microBatches.stream().allMatch(microBatch -> fits(microBatch, lengths, limit))) {
                return microBatches;
            }
        }
    }

    private static boolean fits(List<List<Integer>> groups, int[] lengths, int limit) {
        long tokens = groups.stream()
                .mapToLong(group -> (long) group.size() * lengths[group.getFirst()])
                .sum();
        return tokens <= limit || groups.size() == 1 && groups.getFirst().size() == 1;
    }

    /// Groups for the least cost in all. Dynamic programming over the sequences, longest first.
    private static List<List<Integer>> cheapest(int[] lengths, int hidden) {
        List<Integer> byLength = longestFirst(lengths);
        int n = byLength.size();
        double[] total = new double[n + 1];
        int[] first = new int[n + 1];
        for (int end = 1; end <= n; end++) {
            total[end] = Double.POSITIVE_INFINITY;
            for (int begin = end - 1; begin >= 0; begin--) {
                double cost =
                        total[begin] + GROUP_OVERHEAD + (end - begin) * cost(lengths[byLength.get(begin)], hidden);
                if (cost < total[end]) {
                    total[end] = cost;
                    first[end] = begin;
                }
            }
        }
        List<List<Integer>> groups = new ArrayList<>();
        for (int end = n; end > 0; end = first[end]) {
            groups.addFirst(byLength.subList(first[end], end));
        }
        return groups;
    }

    /// Of a row, in tokens.
    private static double cost(int width, int hidden) {
        return width * (1 + width / (6.0 * hidden));
    }

    /// Cuts the groups, one after the other, into parts of equal cost: a sequence belongs to the part
    /// that its middle falls into.
    private static List<List<List<Integer>>> cut(List<List<Integer>> groups, int[] lengths, int hidden, int parts) {
        double share = groups.stream()
                        .mapToDouble(group -> GROUP_OVERHEAD + group.size() * cost(lengths[group.getFirst()], hidden))
                        .sum()
                / parts;
        List<List<List<Integer>>> cut = new ArrayList<>();
        double before = 0;
        int part = -1;
        for (List<Integer> group : groups) {
            double cost = cost(lengths[group.getFirst()], hidden) + (double) GROUP_OVERHEAD / group.size();
            List<Integer> piece = null;
            for (int sequence : group) {
                int itsPart = (int) ((before + cost / 2) / share);
                if (itsPart != part) {
                    part = itsPart;
                    cut.add(new ArrayList<>());
                    piece = null;
                }
                if (piece == null) {
                    piece = new ArrayList<>();
                    cut.getLast().add(piece);
                }
                piece.add(sequence);
                before += cost;
            }
        }
        return cut;
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
