package dev.finetide.suitability.linear;

import java.util.Arrays;

/// Numbers different longs from 0 in the order in which they come, and counts them. Takes 16 bytes a long or two.
/// Not thread-safe while longs are added.
public final class LongIndex {
    private long[] keys = new long[16];
    private int[] slots = new int[64];
    private int[] counts = new int[16];
    private int size;

    public LongIndex() {
        Arrays.fill(slots, -1);
    }

    /// Returns the number of a long, which is added where it is new.
    public int add(long key) {
        int slot = slot(key);
        if (slots[slot] < 0) {
            if (size == keys.length) {
                grow();
                slot = slot(key);
            }
            slots[slot] = size;
            keys[size] = key;
            size++;
        }
        counts[slots[slot]]++;
        return slots[slot];
    }

    /// Returns the number of a long, -1 where it is not there.
    public int of(long key) {
        return slots[slot(key)];
    }

    /// Returns how often a long was added.
    public int count(int number) {
        return counts[number];
    }

    long key(int number) {
        return keys[number];
    }

    /// Returns how many different longs there are.
    public int size() {
        return size;
    }

    private int slot(long key) {
        int mask = slots.length - 1;
        int slot = (int) TextTerms.mixed(key) & mask;
        while (slots[slot] >= 0 && keys[slots[slot]] != key) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private void grow() {
        keys = Arrays.copyOf(keys, 2 * size);
        counts = Arrays.copyOf(counts, 2 * size);
        slots = new int[4 * keys.length];
        Arrays.fill(slots, -1);
        for (int number = 0; number < size; number++) {
            slots[slot(keys[number])] = number;
        }
    }
}
