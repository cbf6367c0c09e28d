package dev.finetide.dataset.shard;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.dataset.Places;
import dev.finetide.proto.dataset.v1.Overlap;
import dev.finetide.proto.dataset.v1.OverlapAction;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds inputs that are in two splits. An input belongs to the first of its splits: train, validation, test, then
/// others in the order of their first rows. Not thread-safe.
final class Overlaps implements AutoCloseable {
    private static final int NAMED_ROWS = 10;
    private static final int SPLIT_BITS = 40;
    private static final long NUMBER = (1L << SPLIT_BITS) - 1;

    /// Columns: hash of the input; split and number of the row; file and line of the row.
    private final SortedRecords rows;

    private final List<RowPlace> files = new ArrayList<>();
    private final Map<String, Integer> fileIndex = new HashMap<>();
    private long leakedTestRows;

    Overlaps(Path scratch) {
        this.rows = new SortedRecords(3, scratch);
    }

    void add(long input, int split, long number, RowPlace place) throws IOException {
        int file = fileIndex.computeIfAbsent(place.getFile(), path -> {
            files.add(place);
            return files.size() - 1;
        });
        long line = place.getRecord() > 0 ? place.getRecord() : place.getLine();
        rows.add(input, packed(split, number), packed(file, line));
    }

    /// Finds the rows whose input is also in an earlier split, and moves them there if the action says so.
    ///
    /// @param moves moves so far, to which this adds
    /// @param names names of the splits
    /// @param counts number of rows of each split before the moves
    /// @return what was found, by the number of the split; moved rows count in the split that they moved to
    /// @throws ApiException INVALID_FIELD naming the first such rows, if the action refuses them
    Map<Integer, Split.Builder> find(Moves moves, List<String> names, long[] counts, OverlapAction action)
            throws IOException {
        Map<Integer, List<Pair>> first = new HashMap<>();
        long[] found = new long[names.size()];
        boolean move = action == OverlapAction.MOVE_OVERLAP;
        visit(moves, (row, earliest) -> {
            int shown = move ? earliest.target() : row.target();
            found[shown]++;
            keepFirst(first.computeIfAbsent(shown, split -> new ArrayList<>()), new Pair(row, earliest));
            if (move) {
                moves.add(row.split(), row.number(), earliest.target());
            } else if (row.target() == SplitName.TEST.ordinal() && earliest.target() == SplitName.TRAIN.ordinal()) {
                leakedTestRows++;
            }
        });
        Map<Integer, Split.Builder> splits = new HashMap<>();
        first.forEach((split, pairs) -> {
            Split.Builder report = Split.newBuilder();
            pairs.forEach(pair -> report.addOverlaps(overlap(pair, moves, names, counts)));
            splits.put(split, move ? report.setMovedRows(found[split]) : report.setOverlappingRows(found[split]));
        });
        if (action == OverlapAction.REFUSE_OVERLAP && !splits.isEmpty()) {
            throw refusal(names, splits);
        }
        return splits;
    }

    /// Receives a row whose input is also in an earlier split.
    interface Visitor {
        /// @param earliest first row with the same input
        void overlap(Found row, Found earliest) throws IOException;
    }

    /// Visits every row whose input is also in an earlier split, in no order that means something.
    void visit(Moves moves, Visitor visitor) throws IOException {
        // One cursor runs ahead to find an input's first split, the other follows: an input may have any number of
        // rows.
        try (SortedRecords.Cursor ahead = rows.sorted();
                SortedRecords.Cursor cursor = rows.sorted()) {
            boolean more = ahead.next();
            while (more) {
                long input = ahead.get(0);
                Found earliest = read(ahead, moves);
                long size = 0;
                for (; more && ahead.get(0) == input; more = ahead.next()) {
                    Found row = read(ahead, moves);
                    earliest = row.target() < earliest.target() ? row : earliest;
                    size++;
                }
                for (long i = 0; i < size && cursor.next(); i++) {
                    Found row = read(cursor, moves);
                    if (row.target() != earliest.target()) {
                        visitor.overlap(row, earliest);
                    }
                }
            }
        }
    }

    /// Packs the number of a split or file, and that of a row or line in it, into one number that sorts by both.
    static long packed(int high, long low) {
        return (long) high << SPLIT_BITS | low;
    }

    static int high(long packed) {
        return (int) (packed >>> SPLIT_BITS);
    }

    static long low(long packed) {
        return packed & NUMBER;
    }

    private static void keepFirst(List<Pair> pairs, Pair pair) {
        pairs.add(pair);
        if (pairs.size() > NAMED_ROWS) {
            pairs.remove(pairs.stream().max(Comparator.naturalOrder()).orElseThrow());
        }
        pairs.sort(Comparator.naturalOrder());
    }

    private Overlap overlap(Pair pair, Moves moves, List<String> names, long[] counts) {
        Found row = pair.row();
        Found other = pair.other();
        return Overlap.newBuilder()
                .setPlace(place(row.place()))
                .setRowNumber(moves.number(row.split(), row.number(), counts))
                .setOtherSplit(names.get(other.target()))
                .setOtherPlace(place(other.place()))
                .setOtherRowNumber(moves.number(other.split(), other.number(), counts))
                .build();
    }

    /// Returns the place of a row that [#visit] found.
    RowPlace place(long packed) {
        RowPlace file = files.get(high(packed));
        long line = low(packed);
        return file.getRecord() > 0
                ? file.toBuilder().setRecord(line).build()
                : file.toBuilder().setLine(line).build();
    }

    private static ApiException refusal(List<String> names, Map<Integer, Split.Builder> splits) {
        List<FieldViolation> violations = new ArrayList<>();
        splits.forEach((split, found) -> found.getOverlapsList()
                .forEach(overlap -> violations.add(new FieldViolation(
                        Places.field(overlap.getPlace()),
                        "row %d of the split %s has the input of row %d of the split %s (%s)"
                                .formatted(
                                        overlap.getRowNumber(),
                                        names.get(split),
                                        overlap.getOtherRowNumber(),
                                        overlap.getOtherSplit(),
                                        Places.field(overlap.getOtherPlace()))))));
        long rows = splits.values().stream()
                .mapToLong(Split.Builder::getOverlappingRows)
                .sum();
        return ApiException.invalidRows(
                "%d rows have an input that is also in an earlier split; the first is %s"
                        .formatted(rows, violations.getFirst().field()),
                violations,
                rows,
                0);
    }

    long leakedTestRows() {
        return leakedTestRows;
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }

    private Found read(SortedRecords.Cursor cursor, Moves moves) {
        int split = high(cursor.get(1));
        long number = low(cursor.get(1));
        return new Found(split, number, moves.target(split, number), cursor.get(2));
    }

    /// A row.
    ///
    /// @param target split that the row has after the moves so far
    record Found(int split, long number, int target, long place) {}

    /// A row and the first row with its input.
    private record Pair(Found row, Found other) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair pair) {
            return Long.compare(row.place(), pair.row.place());
        }
    }
}
