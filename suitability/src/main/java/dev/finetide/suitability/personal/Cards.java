package dev.finetide.suitability.personal;

/// Finds numbers of payment cards: 13 to 19 digits, alone or in groups, whose check digit is right
/// (Luhn, ISO/IEC 7812-1). Goes through the text by hand, because a regular expression for groups would
/// need a stack as deep as the text is long.
final class Cards implements Redaction.Finder {
    private static final int LEAST = 13;
    private static final int MOST = 19;

    @Override
    public String replaced(String text, String by) {
        StringBuilder left = new StringBuilder();
        int copied = 0;
        for (int i = 0; i < text.length(); ) {
            if (!isDigit(text, i)) {
                i++;
                continue;
            }
            int end = i > 0 && Character.isLetter(text.charAt(i - 1)) ? -1 : end(text, i);
            if (end > 0) {
                left.append(text, copied, i).append(by);
                copied = end;
                i = end;
            } else {
                i = endOfGroup(text, i);
            }
        }
        return copied == 0 ? text : left.append(text, copied, text.length()).toString();
    }

    /// Returns the end of the longest card number that begins with a group of digits; -1 if there is
    /// none.
    private static int end(String text, int start) {
        int[] digits = new int[MOST];
        int count = 0;
        int end = -1;
        for (int i = start; i < text.length(); i++) {
            if (isDigit(text, i)) {
                if (count == MOST) {
                    break;
                }
                digits[count++] = text.charAt(i) - '0';
                boolean complete = i + 1 == text.length() || !Character.isLetterOrDigit(text.charAt(i + 1));
                if (complete && count >= LEAST && isCard(digits, count)) {
                    end = i + 1;
                }
            } else if (!isSeparator(text, i)) {
                break;
            }
        }
        return end;
    }

    /// Returns whether one space or hyphen stands between two digits.
    private static boolean isSeparator(String text, int i) {
        return (text.charAt(i) == ' ' || text.charAt(i) == '-') && isDigit(text, i - 1) && isDigit(text, i + 1);
    }

    private static int endOfGroup(String text, int start) {
        int end = start;
        while (isDigit(text, end)) {
            end++;
        }
        return end;
    }

    private static boolean isDigit(String text, int i) {
        return i >= 0 && i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }

    private static boolean isCard(int[] digits, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            int digit = digits[count - 1 - i];
            int doubled = i % 2 == 1 ? digit * 2 : digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }
        return sum % 10 == 0;
    }
}
