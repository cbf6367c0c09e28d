package dev.finetide.suitability.sample;

import java.util.AbstractList;
import java.util.List;

/// Takes fewer rows of a list, evenly spread.
public final class Spread {
    private Spread() {}

    /// Returns at most `most` rows, in their order.
    public static <T> List<T> over(List<T> rows, int most) {
        if (rows.size() <= most) {
            return rows;
        }
        return List.copyOf(new AbstractList<T>() {
            @Override
            public T get(int index) {
                return rows.get((int) ((long) index * rows.size() / most));
            }

            @Override
            public int size() {
                return most;
            }
        });
    }
}
