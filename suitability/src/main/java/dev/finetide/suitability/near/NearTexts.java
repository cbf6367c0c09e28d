package dev.finetide.suitability.near;

import dev.finetide.blobs.Sha256;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/// Finds groups of near texts. Texts with a band of their MinHash signatures in common are candidates; the Jaccard
/// similarity of their shingles decides. Groups are transitive: of A near B and B near C, all three are one group.
/// Memory grows by a byte a text. Not thread-safe, but for [#prepared].
///
/// Texts that are equal are joined first, and only the first of them is compared. Of a band that up to 256 texts share,
/// all are compared. Of a larger one, as a template makes it, each further text is compared with the 16 before it, and
/// no more once it has failed 32 times: the time grows with the number of texts.
public final class NearTexts implements AutoCloseable {
    /// Similarity from which texts are near, unless something else is asked for.
    public static final double USUAL_THRESHOLD = 0.8;

    /// Says which of two splits' rows comes first.
    public interface Order {
        boolean isBefore(int split, long row, int otherSplit, long otherRow);
    }

    /// A text that is ready to be added.
    ///
    /// @param context hash of what near texts must have in common besides
    /// @param high first half of the hash of text and context
    /// @param keys keys of the text's bands
    public record Prepared(String normalised, long context, long high, long low, long[] keys) {}

    private static final int LARGE_BAND = 256;
    private static final int WINDOW_OF_LARGE_BAND = 16;
    private static final int MOST_FAILURES = 32;
    private static final int BAND_RUN = 1 << 20;
    private static final int KNOWN_TEXTS = 1 << 16;

    private final double threshold;
    private final MinHash minHash;
    private final Path scratch;
    private final Order order;
    private final Texts texts;
    /// Columns: hash of the text in two halves, number of the text.
    private final SortedRecords exact;
    /// Columns: key of a band, number of a text.
    private final SortedRecords bands;
    /// Hashes of some texts that were added, by their lowest bits. The bands of equal texts are not needed.
    private final long[] known = new long[KNOWN_TEXTS];
    private ShingleCache shingles;
    private Components groups;
    private byte[] failures = {};

    /// @param threshold smallest Jaccard similarity of near texts
    /// @param scratch directory of temporary files
    public NearTexts(double threshold, Order order, Path scratch) throws IOException {
        this.threshold = threshold;
        this.minHash = new MinHash(threshold);
        this.order = order;
        this.scratch = scratch;
        this.texts = new Texts(scratch);
        this.exact = new SortedRecords(3, scratch);
        this.bands = new SortedRecords(2, scratch, BAND_RUN);
    }

    /// Prepares a text, which is most of the work. May run on several threads.
    ///
    /// @param context bytes that near texts must have in common
    public Prepared prepared(String text, byte[] context) {
        MessageDigest sha256 = Sha256.newDigest();
        String normalised = Shingles.normalised(text);
        long shared = context.length == 0
                ? 0
                : ByteBuffer.wrap(sha256.digest(context)).getLong();
        sha256.update(ByteBuffer.allocate(Long.BYTES).putLong(shared).flip());
        ByteBuffer digest = ByteBuffer.wrap(sha256.digest(normalised.getBytes(StandardCharsets.UTF_8)));
        return new Prepared(normalised, shared, digest.getLong(), digest.getLong(), minHash.keys(normalised, shared));
    }

    /// Prepares and adds the next text.
    ///
    /// @param context bytes that near texts must have in common
    /// @param split number of the split
    public void add(String text, byte[] context, int split) throws IOException {
        add(prepared(text, context), split);
    }

    /// Adds the next text.
    ///
    /// @param split number of the split
    public void add(Prepared text, int split) throws IOException {
        long number = texts.count();
        exact.add(text.high(), text.low(), number);
        texts.add(text.normalised(), text.context(), split);
        int place = (int) text.low() & KNOWN_TEXTS - 1;
        if (known[place] != text.high()) {
            known[place] = text.high();
            for (long key : text.keys()) {
                bands.add(key, number);
            }
        }
    }

    /// Finds the groups. Nothing is added afterwards.
    public void group() throws IOException {
        texts.finish();
        if (texts.count() == 0) {
            return;
        }
        shingles = new ShingleCache(texts);
        failures = new byte[Math.toIntExact(texts.count())];
        groups = new Components(
                texts.count(),
                (row, other) -> order.isBefore(texts.split(row), row, texts.split(other), other),
                scratch);
        try (SortedRecords.Cursor cursor = exact.sorted()) {
            joinEqual(cursor);
        }
        try (SortedRecords.Cursor cursor = bands.sorted()) {
            compare(cursor);
        }
    }

    /// Returns whether a text is the first of its group.
    ///
    /// @param number number of texts added before it
    public boolean isFirst(long number) {
        return firstOf(number) == number;
    }

    /// Returns the number of the first text of a text's group.
    public long firstOf(long number) {
        return groups.firstOf(number);
    }

    /// Returns the Jaccard similarity of two texts.
    public double similarity(long number, long other) throws IOException {
        String text = texts.text(number);
        String otherText = texts.text(other);
        return text.equals(otherText) ? 1 : Shingles.jaccard(Shingles.of(text), shingles.get(other));
    }

    private void joinEqual(SortedRecords.Cursor cursor) throws IOException {
        boolean any = false;
        long high = 0;
        long low = 0;
        long one = 0;
        while (cursor.next()) {
            if (any && cursor.get(0) == high && cursor.get(1) == low) {
                groups.join(one, cursor.get(2));
            } else {
                any = true;
                high = cursor.get(0);
                low = cursor.get(1);
                one = cursor.get(2);
            }
        }
    }

    private void compare(SortedRecords.Cursor cursor) throws IOException {
        Deque<Long> window = new ArrayDeque<>();
        int seen = 0;
        long key = 0;
        while (cursor.next()) {
            if (seen == 0 || cursor.get(0) != key) {
                key = cursor.get(0);
                seen = 0;
                window.clear();
            }
            boolean large = ++seen > LARGE_BAND;
            long number = cursor.get(1);
            compare(number, window, large);
            window.addLast(number);
            while (window.size() > (large ? WINDOW_OF_LARGE_BAND : LARGE_BAND)) {
                window.removeFirst();
            }
        }
    }

    private void compare(long number, Deque<Long> window, boolean large) throws IOException {
        for (Iterator<Long> latest = window.descendingIterator(); latest.hasNext(); ) {
            long other = latest.next();
            if (large && failures[(int) number] >= MOST_FAILURES) {
                return;
            }
            if (groups.firstOf(number) == groups.firstOf(other)) {
                continue;
            }
            if (texts.context(number) == texts.context(other)
                    && Shingles.areNear(shingles.get(number), shingles.get(other), threshold)) {
                groups.join(number, other);
            } else if (large) {
                failures[(int) number]++;
            }
        }
    }

    @Override
    public void close() throws IOException {
        try (texts;
                exact;
                bands) {
            if (groups != null) {
                groups.close();
            }
        }
    }
}
