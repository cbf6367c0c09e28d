package dev.finetide.suitability.near;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Joins rows into groups (union-find), each known by its first row. The table is a mapped temporary
/// file of 8 bytes a row, so that it costs no heap. Not thread-safe.
final class Components implements AutoCloseable {
    /// Says which of two rows comes first.
    interface First {
        boolean isBefore(long row, long other) throws IOException;
    }

    private final Path file;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment parents;
    private final First first;

    /// @param rows number of rows, 1 or more
    Components(long rows, First first, Path scratch) throws IOException {
        this.file = Files.createTempFile(scratch, "groups-", ".table");
        this.first = first;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            this.parents = channel.map(FileChannel.MapMode.READ_WRITE, 0, rows * Long.BYTES, arena);
        }
        for (long i = 0; i < rows; i++) {
            set(i, i);
        }
    }

    /// Returns the first row of a row's group.
    long firstOf(long row) {
        long root = row;
        while (get(root) != root) {
            root = get(root);
        }
        for (long i = row; i != root; ) {
            long next = get(i);
            set(i, root);
            i = next;
        }
        return root;
    }

    /// Joins the groups of two rows.
    void join(long row, long other) throws IOException {
        long a = firstOf(row);
        long b = firstOf(other);
        if (a != b) {
            boolean before = first.isBefore(a, b);
            set(before ? b : a, before ? a : b);
        }
    }

    private long get(long row) {
        return parents.getAtIndex(ValueLayout.JAVA_LONG, row);
    }

    private void set(long row, long parent) {
        parents.setAtIndex(ValueLayout.JAVA_LONG, row, parent);
    }

    @Override
    public void close() throws IOException {
        arena.close();
        Files.deleteIfExists(file);
    }
}
