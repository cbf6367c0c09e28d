package dev.finetide.suitability.sort;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/// Sorts any number of records of a few longs each in bounded memory. Further records are sorted runs in temporary
/// files. Records are ordered by their first column, then by the second and so on, as signed numbers. Not thread-safe.
public final class SortedRecords implements AutoCloseable {
    /// Number of records in memory, a power of two: with the mask, the low bits of a sort key can hold an index.
    private static final int USUAL_RUN = 1 << 17;

    private static final int FIRST_RECORDS = 1 << 10;

    private static final int BLOCK_BYTES = 1 << 16;
    /// Largest number of records that are ordered by insertion, because they are equal in most of their first column.
    private static final int SHORT = 32;

    private final int width;
    private final int run;
    private final Path scratch;
    private long[] buffer;
    private final List<Path> runs = new ArrayList<>();
    private int size;
    private long total;

    /// @param width number of longs of a record
    /// @param scratch directory of the temporary files
    public SortedRecords(int width, Path scratch) {
        this(width, scratch, USUAL_RUN);
    }

    /// @param width number of longs of a record
    /// @param scratch directory of the temporary files
    /// @param run number of records in memory, a power of two; each further run is a file that is open while
    ///     records are read
    public SortedRecords(int width, Path scratch, int run) {
        if (Integer.bitCount(run) != 1) {
            throw new IllegalArgumentException(run + " is no power of two");
        }
        this.width = width;
        this.run = run;
        this.scratch = scratch;
        this.buffer = new long[width * Math.min(run, FIRST_RECORDS)];
    }

    /// @param record `width` longs
    public void add(long... record) throws IOException {
        if (size == run) {
            spill();
        } else if (size * width == buffer.length) {
            buffer = Arrays.copyOf(buffer, 2 * buffer.length);
        }
        System.arraycopy(record, 0, buffer, size * width, width);
        size++;
        total++;
    }

    public long size() {
        return total;
    }

    /// Returns a cursor before the first record. Several cursors may be open at once; no record is added any more.
    public Cursor sorted() throws IOException {
        return new Cursor();
    }

    @Override
    public void close() throws IOException {
        for (Path run : runs) {
            Files.deleteIfExists(run);
        }
    }

    private void spill() throws IOException {
        Path run = Files.createTempFile(scratch, "sorted-", ".run");
        runs.add(run);
        try (FileChannel out = FileChannel.open(run, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES / (8 * width) * 8 * width);
            for (int record : order()) {
                for (int column = 0; column < width; column++) {
                    block.putLong(buffer[record * width + column]);
                }
                if (!block.hasRemaining()) {
                    write(out, block);
                }
            }
            write(out, block);
        }
        size = 0;
    }

    private static void write(FileChannel out, ByteBuffer block) throws IOException {
        block.flip();
        while (block.hasRemaining()) {
            out.write(block);
        }
        block.clear();
    }

    /// Returns the indices of the records in memory in sorted order. Sorts keys whose high bits are the first column
    /// and whose low bits are the index, which is four times as fast as sorting with a comparison. Records that are
    /// equal in the high bits are then ordered by all of their columns.
    private int[] order() {
        long[] keys = new long[size];
        for (int i = 0; i < size; i++) {
            keys[i] = buffer[i * width] & -run | i;
        }
        Arrays.sort(keys);
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            order[i] = (int) (keys[i] & run - 1);
        }
        for (int from = 0; from < size; ) {
            int to = from + 1;
            while (to < size && (keys[to] & -run) == (keys[from] & -run)) {
                to++;
            }
            orderByAll(order, from, to);
            from = to;
        }
        return order;
    }

    private void orderByAll(int[] order, int from, int to) {
        if (to - from > SHORT) {
            Integer[] boxed = new Integer[to - from];
            Arrays.setAll(boxed, i -> order[from + i]);
            Arrays.sort(boxed, this::compare);
            for (int i = 0; i < boxed.length; i++) {
                order[from + i] = boxed[i];
            }
            return;
        }
        for (int i = from + 1; i < to; i++) {
            int record = order[i];
            int j = i;
            for (; j > from && compare(order[j - 1], record) > 0; j--) {
                order[j] = order[j - 1];
            }
            order[j] = record;
        }
    }

    private int compare(int left, int right) {
        return Arrays.compare(buffer, left * width, left * width + width, buffer, right * width, right * width + width);
    }

    /// Sorted records, one after the other.
    public final class Cursor implements AutoCloseable {
        private final PriorityQueue<Run> heads = new PriorityQueue<>((a, b) -> Arrays.compare(a.record, b.record));
        private final List<Run> open = new ArrayList<>();
        private final int[] order = order();
        private int position;
        private long[] record;
        private Run last;

        private Cursor() throws IOException {
            for (Path path : runs) {
                Run run = new Run(path);
                open.add(run);
                if (run.advance()) {
                    heads.add(run);
                }
            }
        }

        /// Moves to the next record; returns false after the last one.
        public boolean next() throws IOException {
            if (last != null && last.advance()) {
                heads.add(last);
            }
            last = null;
            Run head = heads.peek();
            if (position < size && (head == null || isBefore(order[position], head.record))) {
                int from = order[position++] * width;
                record = Arrays.copyOfRange(buffer, from, from + width);
                return true;
            }
            if (head == null) {
                return false;
            }
            last = heads.poll();
            record = last.record.clone();
            return true;
        }

        /// Returns a column of the current record.
        public long get(int column) {
            return record[column];
        }

        private boolean isBefore(int index, long[] other) {
            return Arrays.compare(buffer, index * width, index * width + width, other, 0, width) <= 0;
        }

        @Override
        public void close() throws IOException {
            for (Run run : open) {
                run.channel.close();
            }
        }
    }

    /// A run on disk with its current record.
    private final class Run {
        private final FileChannel channel;
        private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES / (8 * width) * 8 * width);
        private final long[] record = new long[width];

        Run(Path path) throws IOException {
            this.channel = FileChannel.open(path, StandardOpenOption.READ);
            block.limit(0);
        }

        boolean advance() throws IOException {
            if (!block.hasRemaining()) {
                block.clear();
                while (block.hasRemaining() && channel.read(block) >= 0) {
                    // A channel may give less than asked for.
                }
                block.flip();
                if (!block.hasRemaining()) {
                    return false;
                }
            }
            for (int column = 0; column < width; column++) {
                record[column] = block.getLong();
            }
            return true;
        }
    }
}
