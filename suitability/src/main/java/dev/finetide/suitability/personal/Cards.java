package dev.finetide.suitability.personal;

import java.util.List;

/// Finds numbers of payment cards: digits, alone or in groups of four to seven, that begin as an
/// issuer's numbers do, are as long as these, and whose check digit is right (Luhn, ISO/IEC
/// 7812-1). Every tenth number has a right check digit; hardly a time in milliseconds, a book or a
/// list of small numbers begins so. Goes through the text by hand, because a regular expression for
/// groups would need a stack as deep as the text is long.
final class Cards implements Redaction.Finder {
    private static final int LEAST = 13;
    private static final int MOST = 19;
    private static final int SMALLEST_GROUP = 4;
    private static final int LARGEST_GROUP = 7;
    private static final int SMALLEST_LAST_GROUP = 3;

    /// Numbers of one issuer.
    ///
    /// @param low smallest first digits
    /// @param high largest first digits, of the same length
    /// @param lengths lengths of a whole number
    private record Issuer(int low, int high, List<Integer> lengths) {
        boolean has(int[] digits, int count) {
            int size = Integer.toString(low).length();
            int first = 0;
            for (int i = 0; i < size; i++) {
                first = first * 10 + digits[i];
            }
            return first >= low && first <= high && lengths.contains(count);
        }
    }

    private static final List<Integer> LONG = List.of(16, 17, 18, 19);
    private static final List<Integer> ANY = List.of(13, 14, 15, 16, 17, 18, 19);

    /// Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay, Mir, RuPay and
    /// Maestro.
    private static final List<Issuer> ISSUERS = List.of(
            new Issuer(4, 4, List.of(13, 16, 19)),
            new Issuer(51, 55, List.of(16)),
            new Issuer(2221, 2720, List.of(16)),
            new Issuer(34, 34, List.of(15)),
            new Issuer(37, 37, List.of(15)),
            new Issuer(6011, 6011, LONG),
            new Issuer(644, 659, LONG),
            new Issuer(300, 305, List.of(14)),
            new Issuer(3095, 3095, List.of(14)),
            new Issuer(36, 36, List.of(14)),
            new Issuer(38, 39, List.of(14)),
            new Issuer(3528, 3589, LONG),
            new Issuer(62, 62, LONG),
            new Issuer(2200, 2204, LONG),
            new Issuer(508, 508, List.of(16)),
            new Issuer(60, 60, List.of(16)),
            new Issuer(81, 82, List.of(16)),
            new Issuer(5018, 5018, ANY),
            new Issuer(5020, 5020, ANY),
            new Issuer(5038, 5038, ANY),
            new Issuer(5893, 5893, ANY),
            new Issuer(6304, 6304, ANY),
            new Issuer(6759, 6763, ANY));

    @Override
    public String replaced(String original, String by) {
        String text = Digits.plain(original);
        StringBuilder left = new StringBuilder();
        int copied = 0;
        for (int i = 0; i < text.length(); ) {
            if (!Digits.isAt(text, i)) {
                i++;
                continue;
            }
            int end = Digits.isLatin(text, i - 1) || isFraction(text, i) ? -1 : end(text, i);
            if (end > 0) {
                left.append(original, copied, i).append(by);
                copied = end;
                i = end;
            } else {
                i = endOfGroup(text, i);
            }
        }
        return copied == 0
                ? original
                : left.append(original, copied, original.length()).toString();
    }

    /// Returns whether digits follow a point or comma after a digit: 0.30575245495499637 is no
    /// card.
    private static boolean isFraction(String text, int i) {
        return i > 1 && (text.charAt(i - 1) == '.' || text.charAt(i - 1) == ',') && Digits.isAt(text, i - 2);
    }

    /// Returns the end of the longest card number that begins with a group of digits; -1 if there is
    /// none.
    private static int end(String text, int start) {
        int[] digits = new int[MOST];
        int count = 0;
        int end = -1;
        for (int group = start; ; ) {
            int after = endOfGroup(text, group);
            int size = after - group;
            boolean isWhole = group == start && size >= LEAST;
            if (count + size > MOST || !isWhole && (size > LARGEST_GROUP || size < SMALLEST_LAST_GROUP)) {
                return end;
            }
            for (int i = group; i < after; i++) {
                digits[count++] = text.charAt(i) - '0';
            }
            if (!Digits.isLatin(text, after) && count >= LEAST && isCard(digits, count)) {
                end = after;
            }
            if (size < SMALLEST_GROUP || isWhole || !isSeparator(text, after)) {
                return end;
            }
            group = after + 1;
        }
    }

    /// Returns whether one space or hyphen stands between two digits.
    private static boolean isSeparator(String text, int i) {
        return i < text.length()
                && " -\u00a0\u202f".indexOf(text.charAt(i)) >= 0
                && Digits.isAt(text, i - 1)
                && Digits.isAt(text, i + 1);
    }

    private static int endOfGroup(String text, int start) {
        int end = start;
        while (Digits.isAt(text, end)) {
            end++;
        }
        return end;
    }

    private static boolean isCard(int[] digits, int count) {
        if (ISSUERS.stream().noneMatch(issuer -> issuer.has(digits, count))) {
            return false;
        }
        int sum = 0;
        for (int i = 0; i < count; i++) {
            int digit = digits[count - 1 - i];
            int doubled = i % 2 == 1 ? digit * 2 : digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }
        return sum % 10 == 0;
    }
}
