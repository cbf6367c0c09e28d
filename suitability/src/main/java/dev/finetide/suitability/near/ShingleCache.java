package dev.finetide.suitability.near;

import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// Keeps the shingles of the texts that were compared last. Not thread-safe.
final class ShingleCache {
    /// Largest number of shingles that are kept, 8 bytes each.
    private static final int MOST = 1 << 21;

    private final Texts texts;
    private final Map<Long, Shingles> cache = new LinkedHashMap<>(64, 0.75f, true);
    private long size;

    ShingleCache(Texts texts) {
        this.texts = texts;
    }

    Shingles get(long number) throws IOException {
        Shingles known = cache.get(number);
        if (known != null) {
            return known;
        }
        Shingles read = Shingles.of(texts.text(number));
        cache.put(number, read);
        size += read.size();
        Iterator<Shingles> oldest = cache.values().iterator();
        // The shingles that were asked for stay, and those before them, which are compared with them.
        while (size > MOST && cache.size() > 2) {
            size -= oldest.next().size();
            oldest.remove();
        }
        return read;
    }
}
