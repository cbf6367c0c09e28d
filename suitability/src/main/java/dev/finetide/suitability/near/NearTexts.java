package dev.finetide.suitability.near;

import dev.finetide.blobs.Sha256;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Finds groups of near texts. Texts with a band of their MinHash signatures in common are candidates;
/// the Jaccard similarity of their shingles decides. Groups are transitive: of A near B and B near C,
/// all three are one group. Memory does not grow with the number of texts. Not thread-safe.
///
/// Texts that are equal are joined first, and only the first of them is compared. In a band that very
/// many texts share, each is compared with the [#WINDOW] before it.
public final class NearTexts implements AutoCloseable {
    /// Says which of two splits' rows comes first.
    public interface Order {
        boolean isBefore(int split, long row, int otherSplit, long otherRow);
    }

    private static final int WINDOW = 256;
    /// Largest number of shingles of the texts that are kept for the next comparison.
    private static final int CACHED_SHINGLES = 1 << 21;

    private final double threshold;
    private final Path scratch;
    private final Order order;
    private final Texts texts;
    private final SortedRecords exact;
    private final MessageDigest sha256 = Sha256.newDigest();
    private final Map<Long, long[]> cache = new LinkedHashMap<>(64, 0.75f, true);
    private int cached;
    private Components groups;

    /// @param threshold smallest Jaccard similarity of near texts
    /// @param scratch directory of temporary files
    public NearTexts(double threshold, Order order, Path scratch) throws IOException {
        this.threshold = threshold;
        this.order = order;
        this.scratch = scratch;
        this.texts = new Texts(scratch);
        this.exact = new SortedRecords(3, scratch);
    }

    /// Adds the next text.
    ///
    /// @param context bytes that near texts must have in common
    /// @param split number of the split
    public void add(String text, byte[] context, int split) throws IOException {
        String normalised = Shingles.normalised(text);
        long shared = context.length == 0
                ? 0
                : ByteBuffer.wrap(sha256.digest(context)).getLong();
        sha256.update(ByteBuffer.allocate(Long.BYTES).putLong(shared).flip());
        ByteBuffer digest = ByteBuffer.wrap(sha256.digest(normalised.getBytes(StandardCharsets.UTF_8)));
        exact.add(digest.getLong(), digest.getLong(), texts.count());
        texts.add(normalised, shared, split);
    }

    /// Finds the groups. Nothing is added afterwards.
    public void group() throws IOException {
        texts.finish();
        if (texts.count() == 0) {
            return;
        }
        groups = new Components(
                texts.count(),
                (row, other) -> order.isBefore(
                        texts.entry(row).split(), row, texts.entry(other).split(), other),
                scratch);
        MinHash minHash = new MinHash(threshold);
        try (SortedRecords bands = new SortedRecords(2, scratch)) {
            try (SortedRecords.Cursor cursor = exact.sorted()) {
                addFirsts(cursor, minHash, bands);
            }
            try (SortedRecords.Cursor cursor = bands.sorted()) {
                compare(cursor);
            }
        }
    }

    /// Returns whether a text is the first of its group.
    ///
    /// @param number number of texts added before it
    public boolean isFirst(long number) {
        return groups.firstOf(number) == number;
    }

    /// Returns the first text of a text's group.
    ///
    /// @param number number of texts added before it
    public long firstOf(long number) {
        return groups.firstOf(number);
    }

    /// Joins equal texts, and adds the bands of one of each.
    private void addFirsts(SortedRecords.Cursor cursor, MinHash minHash, SortedRecords bands) throws IOException {
        boolean any = false;
        long high = 0;
        long low = 0;
        long one = 0;
        while (cursor.next()) {
            if (any && cursor.get(0) == high && cursor.get(1) == low) {
                groups.join(one, cursor.get(2));
                continue;
            }
            any = true;
            high = cursor.get(0);
            low = cursor.get(1);
            one = cursor.get(2);
            Texts.Entry entry = texts.entry(one);
            for (long key : minHash.keys(Shingles.of(texts.text(entry)), entry.context())) {
                bands.add(key, one);
            }
        }
    }

    private void compare(SortedRecords.Cursor cursor) throws IOException {
        Deque<Long> window = new ArrayDeque<>();
        boolean any = false;
        long key = 0;
        while (cursor.next()) {
            if (!any || cursor.get(0) != key) {
                any = true;
                key = cursor.get(0);
                window.clear();
            }
            long number = cursor.get(1);
            for (long other : window) {
                if (groups.firstOf(number) != groups.firstOf(other) && areNear(number, other)) {
                    groups.join(number, other);
                }
            }
            window.addLast(number);
            if (window.size() > WINDOW) {
                window.removeFirst();
            }
        }
    }

    private boolean areNear(long number, long other) throws IOException {
        if (texts.entry(number).context() != texts.entry(other).context()) {
            return false;
        }
        return Shingles.jaccard(shingles(number), shingles(other)) >= threshold;
    }

    private long[] shingles(long number) throws IOException {
        long[] known = cache.get(number);
        if (known == null) {
            known = Shingles.of(texts.text(texts.entry(number)));
            cache.put(number, known);
            cached += known.length;
            List<Long> oldest = new ArrayList<>();
            for (Map.Entry<Long, long[]> entry : cache.entrySet()) {
                if (cached <= CACHED_SHINGLES || entry.getKey() == number) {
                    break;
                }
                oldest.add(entry.getKey());
                cached -= entry.getValue().length;
            }
            oldest.forEach(cache::remove);
        }
        return known;
    }

    @Override
    public void close() throws IOException {
        try (texts;
                exact) {
            if (groups != null) {
                groups.close();
            }
        }
    }
}
