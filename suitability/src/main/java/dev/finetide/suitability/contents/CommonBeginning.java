package dev.finetide.suitability.contents;

import java.util.Optional;

/// The text that all texts begin with. Not thread-safe.
final class CommonBeginning {
    static final int LEAST = 20;
    static final int MOST = 200;

    private String common = "";
    private long texts;

    void add(String text) {
        if (texts++ == 0) {
            common = text.substring(0, Math.min(MOST, text.length()));
        } else if (!common.isEmpty() && !text.startsWith(common)) {
            int length = 0;
            while (length < Math.min(common.length(), text.length()) && common.charAt(length) == text.charAt(length)) {
                length++;
            }
            common = common.substring(0, length);
        }
    }

    /// Returns the beginning of two texts or more; empty if it is shorter than 20 characters.
    Optional<String> text() {
        String whole = !common.isEmpty() && Character.isHighSurrogate(common.charAt(common.length() - 1))
                ? common.substring(0, common.length() - 1)
                : common;
        return texts > 1 && whole.length() >= LEAST ? Optional.of(whole) : Optional.empty();
    }
}
