package dev.finetide.suitability.label;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Estimates which labels are wrong from probabilities that a model gave to rows that it had not learnt. Source:
/// Northcutt, Jiang, Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"; issues are found by
/// its rule "prune by noise rate". Numbers equal those of cleanlab 2.9.0 on the same probabilities.
///
/// Matrices are indexed by the given label, then by the true one; K labels make K x K entries.
public final class ConfidentLearning {
    /// Labels that a class keeps at least.
    private static final int FEWEST_OF_A_CLASS = 1;

    /// A probability that reaches its threshold but for rounding counts as confident.
    private static final double ROUNDING = 1e-6;

    /// A threshold that no probability reaches, for labels that no row has.
    private static final double NEVER = 2;

    private final int[] labels;
    private final double[][] probabilities;
    private final int classes;
    private final long[] rowsOf;
    private final long[][] joint;

    /// @param labels given label of each row, from 0 to K-1
    /// @param probabilities rows x K: probability of each label, from a model that had not learnt the row
    public ConfidentLearning(int[] labels, double[][] probabilities) {
        if (labels.length == 0 || labels.length != probabilities.length) {
            throw new IllegalArgumentException("expected as many probabilities as labels, one or more, got "
                    + labels.length + " labels and " + probabilities.length + " rows of probabilities");
        }
        this.labels = labels;
        this.probabilities = probabilities;
        this.classes = probabilities[0].length;
        this.rowsOf = new long[classes];
        for (int label : labels) {
            rowsOf[label]++;
        }
        this.joint = calibrated(counted(thresholds()));
    }

    /// Returns how many rows have each given and true label, as estimated; the counts of a given label sum to its rows.
    public long[][] joint() {
        return Arrays.stream(joint).map(long[]::clone).toArray(long[][]::new);
    }

    /// Returns the expected share of wrong labels, from 0 to 1.
    public double noiseRate() {
        long right = 0;
        long all = 0;
        for (int given = 0; given < classes; given++) {
            right += joint[given][given];
            all += Arrays.stream(joint[given]).sum();
        }
        return all == 0 ? 0 : 1 - (double) right / all;
    }

    /// Returns the probability of each given label (first index) where another one (second index) is true.
    public double[][] noiseMatrix() {
        double[][] noise = new double[classes][classes];
        for (int truth = 0; truth < classes; truth++) {
            long all = 0;
            for (int given = 0; given < classes; given++) {
                all += joint[given][truth];
            }
            for (int given = 0; given < classes; given++) {
                noise[given][truth] = all == 0 ? 0 : (double) joint[given][truth] / all;
            }
        }
        return noise;
    }

    /// Returns the rows whose label is probably wrong.
    public BitSet issues() {
        BitSet issues = new BitSet();
        for (int given = 0; given < classes; given++) {
            int label = given;
            int[] rows = IntStream.range(0, labels.length)
                    .filter(row -> labels[row] == label)
                    .toArray();
            if (rows.length <= FEWEST_OF_A_CLASS) {
                continue;
            }
            long[] wrong = wrongOf(given);
            for (int truth = 0; truth < classes; truth++) {
                worst(rows, given, truth, wrong[truth]).forEach(issues::set);
            }
        }
        for (int row = issues.nextSetBit(0); row >= 0; row = issues.nextSetBit(row + 1)) {
            int best = mostProbable(row);
            double given = probabilities[row][labels[row]] + ROUNDING;
            if (best == labels[row]
                    || given > probabilities[row][best]
                    || given == probabilities[row][best] && labels[row] < best) {
                issues.clear(row);
            }
        }
        return issues;
    }

    /// Returns how many rows of a given label have each other one, where the given label keeps a row at least.
    private long[] wrongOf(int given) {
        long[] counts = joint[given];
        long missing = Math.max(0, FEWEST_OF_A_CLASS - counts[given]);
        long others =
                Math.max(1, Arrays.stream(counts).filter(count -> count > 0).count() - 1);
        long[] wrong = new long[classes];
        for (int truth = 0; truth < classes; truth++) {
            wrong[truth] = truth == given ? 0 : (long) Math.max(0, counts[truth] - (double) missing / others);
        }
        return wrong;
    }

    /// Returns the label that has the largest probability in a row, the first of equal ones.
    public int mostProbable(int row) {
        int best = 0;
        for (int label = 1; label < classes; label++) {
            if (probabilities[row][label] > probabilities[row][best]) {
                best = label;
            }
        }
        return best;
    }

    /// Returns the rows of a label in which another one is the more probable by most.
    private List<Integer> worst(int[] rows, int given, int truth, long count) {
        return Arrays.stream(rows)
                .boxed()
                .sorted(Comparator.comparingDouble(row -> probabilities[row][given] - probabilities[row][truth]))
                .limit(count)
                .toList();
    }

    /// Returns the mean probability of each label among the rows that have it.
    private double[] thresholds() {
        double[] sums = new double[classes];
        for (int row = 0; row < labels.length; row++) {
            sums[labels[row]] += probabilities[row][labels[row]];
        }
        double[] thresholds = new double[classes];
        for (int label = 0; label < classes; label++) {
            thresholds[label] = rowsOf[label] == 0 ? NEVER : Math.max(2 * ROUNDING, sums[label] / rowsOf[label]);
        }
        return thresholds;
    }

    private long[][] counted(double[] thresholds) {
        long[][] counts = new long[classes][classes];
        for (int row = 0; row < labels.length; row++) {
            int confident = 0;
            int first = -1;
            for (int label = 0; label < classes; label++) {
                if (probabilities[row][label] >= thresholds[label] - ROUNDING) {
                    confident++;
                    first = first < 0 ? label : first;
                }
            }
            if (confident > 0) {
                counts[labels[row]][confident > 1 ? mostProbable(row) : first]++;
            }
        }
        for (int label = 0; label < classes; label++) {
            counts[label][label] = Math.max(1, counts[label][label]);
        }
        return counts;
    }

    /// Scales the counts of each given label to the rows that have it, in whole numbers.
    private long[][] calibrated(long[][] counts) {
        long[][] calibrated = new long[classes][];
        for (int given = 0; given < classes; given++) {
            double all = Arrays.stream(counts[given]).sum();
            double rows = rowsOf[given];
            calibrated[given] = rounded(Arrays.stream(counts[given])
                    .mapToDouble(count -> count / all * rows)
                    .toArray());
        }
        return calibrated;
    }

    /// Rounds numbers so that their sum stays: those that rounding changed most give way.
    private static long[] rounded(double[] numbers) {
        long[] whole = Arrays.stream(numbers)
                .mapToLong(number -> (long) Math.rint(number))
                .toArray();
        long missing = (long) Math.rint(Arrays.stream(numbers).sum())
                - Arrays.stream(whole).sum();
        int step = missing < 0 ? -1 : 1;
        // Equal differences go to the last number if one is added, to the first if one is taken, as in cleanlab.
        Comparator<Integer> byDifference = Comparator.comparingDouble(i -> numbers[i] - Math.rint(numbers[i]));
        Comparator<Integer> order = step < 0
                ? byDifference.thenComparingInt(i -> i)
                : byDifference.thenComparingInt(i -> i).reversed();
        IntStream.range(0, numbers.length)
                .boxed()
                .sorted(order)
                .limit(Math.abs(missing))
                .forEach(i -> whole[i] += step);
        return whole;
    }
}
