package dev.finetide.dataset.record;

/// Checks UTF-8 strictly (Unicode 16, table 3-7): no overlong forms, no surrogates, nothing beyond U+10FFFF.
final class Utf8 {
    private Utf8() {}

    /// Returns the index of the first malformed byte, or -1.
    static int malformed(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            int first = bytes[i];
            if (first >= 0) {
                i++;
                continue;
            }
            int length = lengthAt(bytes, i, to);
            if (length == 0) {
                return i;
            }
            i += length;
        }
        return -1;
    }

    /// Returns the length of the well-formed character of two to four bytes, or 0.
    static int lengthAt(byte[] bytes, int at, int to) {
        int first = bytes[at] & 0xFF;
        int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        if (first < 0xC2 || first > 0xF4 || at + length > to) {
            return 0;
        }
        int second = bytes[at + 1] & 0xFF;
        int lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < lowest || second > highest) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((bytes[at + i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }
}
