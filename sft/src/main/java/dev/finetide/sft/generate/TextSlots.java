package dev.finetide.sft.generate;

import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.decoder.GenerationStep;
import dev.finetide.sft.decoder.KeyValueCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The slots of a cache and the texts in them.
///
/// The cache has room for a bounded number of tokens. Texts come longest first, so the slots become shorter, and more
/// of them, when the texts that are left allow it.
final class TextSlots {
    /// Most tokens that all slots of a cache can keep, unless a single text needs more.
    private static final int MOST_TOKENS = 8192;

    private static final int MOST_SLOTS = 128;

    /// The number of which slots are a multiple where there are several, so that fewer shapes of matrices occur.
    private static final int SLOT_TILE = 8;

    private static final int COLUMN_TILE = 32;

    private final PtNDManager manager;
    private KeyValueCache cache;
    private WrittenText[] texts = {};

    /// @param manager owns the caches
    /// @param beginning cache for texts that begin as these do; its slots are not used
    TextSlots(PtNDManager manager, KeyValueCache beginning) {
        this.manager = manager;
        this.cache = beginning;
    }

    KeyValueCache cache() {
        return cache;
    }

    /// Returns the texts that are being written.
    Stream<WrittenText> occupants() {
        return Arrays.stream(texts).filter(Objects::nonNull);
    }

    /// Returns the text in a slot, or null.
    WrittenText at(int slot) {
        return texts[slot];
    }

    void free(int slot) {
        texts[slot] = null;
    }

    /// Puts the longest waiting text into a free slot.
    ///
    /// @return the slot; -1 when there is none
    int occupy(WrittenText text) {
        for (int slot = 0; slot < texts.length; slot++) {
            if (texts[slot] == null) {
                texts[slot] = text;
                return slot;
            }
        }
        return -1;
    }

    /// Returns the newest tokens of the texts in the first slots, up to the last one that has a text.
    List<GenerationStep.Newest> newest() {
        int used = texts.length;
        while (used > 0 && texts[used - 1] == null) {
            used--;
        }
        List<GenerationStep.Newest> newest = new ArrayList<>();
        for (int slot = 0; slot < tiled(used, texts.length); slot++) {
            newest.add(
                    slot < used && texts[slot] != null
                            ? texts[slot].newest(cache.shared())
                            : GenerationStep.Newest.NONE);
        }
        return newest;
    }

    private static int tiled(int slots, int most) {
        return slots <= SLOT_TILE ? slots : Math.min(most, Math.ceilDiv(slots, SLOT_TILE) * SLOT_TILE);
    }

    /// Gives the slots the size that suits the texts, when that is worth a copy: those that are being written, and
    /// those that wait.
    void fit(Deque<WrittenText> waiting) {
        List<WrittenText> going = occupants().toList();
        int most = Stream.concat(going.stream(), waiting.stream().limit(1))
                .mapToInt(WrittenText::mostTokens)
                .max()
                .orElse(0);
        int columns = Math.ceilDiv(Math.max(1, most - cache.shared()), COLUMN_TILE) * COLUMN_TILE;
        int wanted = Math.min(going.size() + waiting.size(), Math.clamp(MOST_TOKENS / columns, 1, MOST_SLOTS));
        int slots = Math.max(going.size(), wanted);
        boolean fewer = waiting.isEmpty() && slots <= texts.length / 2;
        if (texts.length == 0 || fewer || columns <= cache.columns() / 2 && slots > texts.length) {
            move(going, slots, columns);
        }
    }

    private void move(Collection<WrittenText> going, int slots, int columns) {
        KeyValueCache moved = cache.resized(manager, slots, columns);
        if (!going.isEmpty()) {
            long[] from = IntStream.range(0, texts.length)
                    .filter(slot -> texts[slot] != null)
                    .asLongStream()
                    .toArray();
            moved.copy(
                    cache, from, IntStream.range(0, from.length).asLongStream().toArray());
        }
        cache.close();
        cache = moved;
        texts = Arrays.copyOf(going.toArray(WrittenText[]::new), slots);
    }
}
