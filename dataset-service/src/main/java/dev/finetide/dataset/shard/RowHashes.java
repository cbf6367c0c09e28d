package dev.finetide.dataset.shard;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.PriorityQueue;

/// Counts equal rows by 64-bit hashes, with 2 MB of memory for any number of rows. Further hashes are sorted runs in
/// temporary files. One upload of ten million rows in 400,000 has two different rows with equal hashes.
///
/// Not thread-safe.
public final class RowHashes implements AutoCloseable {
    private static final int RUN = 1 << 18;

    private final long[] current = new long[RUN];
    private int size;
    private final List<Path> runs = new ArrayList<>();

    public void add(long hash) throws IOException {
        if (size == RUN) {
            spill();
        }
        current[size++] = hash;
    }

    /// Returns the number of hashes that are equal to an earlier one.
    public long duplicates() throws IOException {
        long duplicates = 0;
        try (Sorted sorted = sorted()) {
            OptionalLong previous = OptionalLong.empty();
            for (OptionalLong next = sorted.next(); next.isPresent(); next = sorted.next()) {
                duplicates += next.equals(previous) ? 1 : 0;
                previous = next;
            }
        }
        return duplicates;
    }

    /// Returns the number of hashes, including duplicates, that are also in `others`.
    public long alsoIn(RowHashes others) throws IOException {
        long found = 0;
        try (Sorted mine = sorted();
                Sorted theirs = others.sorted()) {
            OptionalLong other = theirs.next();
            for (OptionalLong next = mine.next(); next.isPresent(); next = mine.next()) {
                while (other.isPresent() && other.getAsLong() < next.getAsLong()) {
                    other = theirs.next();
                }
                found += next.equals(other) ? 1 : 0;
            }
        }
        return found;
    }

    @Override
    public void close() throws IOException {
        for (Path run : runs) {
            Files.deleteIfExists(run);
        }
    }

    private void spill() throws IOException {
        Arrays.sort(current, 0, size);
        Path run = Files.createTempFile("finetide-row-hashes", ".run");
        runs.add(run);
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(run), 1 << 16))) {
            for (int i = 0; i < size; i++) {
                out.writeLong(current[i]);
            }
        }
        size = 0;
    }

    private Sorted sorted() throws IOException {
        Arrays.sort(current, 0, size);
        return new Sorted();
    }

    /// Merges the sorted runs and the hashes in memory.
    private final class Sorted implements AutoCloseable {
        private record Head(long value, DataInputStream run) {}

        private final PriorityQueue<Head> heads = new PriorityQueue<>(Comparator.comparingLong(Head::value));
        private final List<DataInputStream> open = new ArrayList<>();
        private int position;

        Sorted() throws IOException {
            for (Path run : runs) {
                DataInputStream in = new DataInputStream(
                        new BufferedInputStream(Files.newInputStream(run, StandardOpenOption.READ), 1 << 13));
                open.add(in);
                pushNext(in);
            }
        }

        OptionalLong next() throws IOException {
            Head head = heads.peek();
            if (position < size && (head == null || current[position] <= head.value())) {
                return OptionalLong.of(current[position++]);
            }
            if (head == null) {
                return OptionalLong.empty();
            }
            heads.poll();
            pushNext(head.run());
            return OptionalLong.of(head.value());
        }

        private void pushNext(DataInputStream run) throws IOException {
            try {
                heads.add(new Head(run.readLong(), run));
            } catch (EOFException end) {
                run.close();
            }
        }

        @Override
        public void close() throws IOException {
            for (DataInputStream run : open) {
                run.close();
            }
        }
    }
}
