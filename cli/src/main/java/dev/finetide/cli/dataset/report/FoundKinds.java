package dev.finetide.cli.dataset.report;

import dev.finetide.proto.dataset.v1.FoundKind;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// Names the kinds of findings as a user types them: "near-duplicate".
final class FoundKinds {
    private FoundKinds() {}

    static String word(FoundKind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<FoundKind> of(String word) {
        return Arrays.stream(FoundKind.values())
                .filter(FoundKinds::isKind)
                .filter(kind -> word(kind).equals(word))
                .findFirst();
    }

    /// Returns all words, for messages.
    static String all() {
        return Arrays.stream(FoundKind.values())
                .filter(FoundKinds::isKind)
                .map(FoundKinds::word)
                .collect(Collectors.joining(", "));
    }

    private static boolean isKind(FoundKind kind) {
        return kind != FoundKind.FOUND_KIND_UNSPECIFIED && kind != FoundKind.UNRECOGNIZED;
    }
}
