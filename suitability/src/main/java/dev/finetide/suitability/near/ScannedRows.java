package dev.finetide.suitability.near;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.suitability.ReportRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Numbers the rows of all splits from 0, in the order of splits and rows, and keeps the id of each, 8 bytes a row. Not
/// thread-safe.
final class ScannedRows {
    private final List<String> splits = new ArrayList<>();
    private final List<Long> starts = new ArrayList<>();
    private long[] ids = new long[1_024];
    private int count;

    void begin(String split) {
        splits.add(split);
        starts.add((long) count);
    }

    /// Adds the next row, and returns its number.
    long add(ReportRow row) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
        }
        ids[count] = HexFormat.fromHexDigitsToLong(row.id());
        return count++;
    }

    long count() {
        return count;
    }

    List<String> splits() {
        return splits;
    }

    long id(long row) {
        return ids[(int) row];
    }

    /// Returns the number of a row's split.
    int split(long row) {
        int split = splits.size() - 1;
        while (starts.get(split) > row) {
            split--;
        }
        return split;
    }

    /// Returns the number of rows of a split.
    long rows(int split) {
        return (split + 1 < starts.size() ? starts.get(split + 1) : count) - starts.get(split);
    }

    /// Returns a finding in a row that belongs to another, earlier one.
    ///
    /// @param group 1-based number of the rows' group
    RowFound found(FoundKind kind, long row, long other, long group, double value, String what) {
        int split = split(row);
        int otherSplit = split(other);
        return RowFound.newBuilder()
                .setKind(kind)
                .setSplit(splits.get(split))
                .setNumber(row - starts.get(split) + 1)
                .setId(HexFormat.of().toHexDigits(id(row)))
                .setValue(value)
                .setGroup(group)
                .setOtherSplit(splits.get(otherSplit))
                .setOtherNumber(other - starts.get(otherSplit) + 1)
                .setOtherId(HexFormat.of().toHexDigits(id(other)))
                .setWhat(what)
                .build();
    }
}
