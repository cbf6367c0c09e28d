package dev.finetide.dataset.shard;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// The splits that every version may have. Further splits have names of the user's and are test splits, too.
public enum SplitName {
    TRAIN,
    VALIDATION,
    TEST;

    private static final List<String> KNOWN = List.of("train", "validation", "test");

    /// Orders splits: train, validation, test, then others by name.
    public static final Comparator<String> ORDER = Comparator.<String>comparingInt(
                    name -> KNOWN.contains(name) ? KNOWN.indexOf(name) : KNOWN.size())
            .thenComparing(Comparator.naturalOrder());

    /// Returns the name in requests, paths and rows: `train`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
