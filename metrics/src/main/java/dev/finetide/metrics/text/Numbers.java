package dev.finetide.metrics.text;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers in texts: where they stand, and which value they have. Digits of any script count.
public final class Numbers {
    /// Thousands are grouped by commas, apostrophes or narrow spaces, or by points where there are
    /// several groups or a decimal comma.
    private static final String GROUPED = "[1-9][0-9]{0,2}(?:,[0-9]{3})++(?![0-9])(?:\\.[0-9]++)?"
            + "|[1-9][0-9]{0,2}(?:['\u00a0\u202f][0-9]{3})++(?![0-9])(?:[.,][0-9]++)?"
            + "|[1-9][0-9]{0,2}(?:\\.[0-9]{3})++,[0-9]++"
            + "|[1-9][0-9]{0,2}(?:\\.[0-9]{3}){2,}+(?![0-9])";

    private static final String PLAIN = "[0-9]++(?:[.,][0-9]++)?|\\.[0-9]++";
    private static final String EXPONENT = "(?:[eE][-+]?[0-9]{1,3}(?![0-9\\p{L}]))?";
    private static final String DENOMINATOR = "(?:/(0*+[1-9][0-9]*+)(?![./]?[0-9]))?";

    private static final Pattern NUMBER =
            Pattern.compile("(?<![\\p{L}0-9])([-+]?)\\p{Sc}?((?:" + GROUPED + "|" + PLAIN + ")" + EXPONENT + ")"
                    + DENOMINATOR + "|([-+]?)\\\\[dt]?frac\\s*+\\{\\s*+([0-9]++)\\s*+}\\s*+\\{\\s*+([0-9]++)\\s*+}");

    private static final Pattern HASHES = Pattern.compile("####\\s*+");
    private static final Pattern BOXED = Pattern.compile("\\\\(?:boxed|fbox)\\s*+\\{");
    private static final int MOST_DIGITS = 1_000;
    private static final BigDecimal TOLERANCE = new BigDecimal("1e-9");

    private Numbers() {}

    /// Returns the text of the number that a derivation ends in: the one after the first `####`,
    /// else the last one in the last `\boxed{}`, else the last one.
    public static Optional<String> answerIn(String text) {
        String plain = plain(text);
        Matcher hashes = HASHES.matcher(plain);
        if (hashes.find()) {
            int end = plain.indexOf('\n', hashes.end());
            List<String> found = all(plain.substring(hashes.end(), end < 0 ? plain.length() : end));
            if (!found.isEmpty()) {
                return Optional.of(found.getFirst());
            }
        }
        int box = -1;
        for (Matcher boxed = BOXED.matcher(plain); boxed.find(); ) {
            box = boxed.end();
        }
        List<String> found = box < 0 ? List.of() : all(inBraces(plain, box));
        if (found.isEmpty()) {
            found = all(plain);
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(found.getLast());
    }

    /// Returns the texts of all numbers, in their order.
    public static List<String> in(String text) {
        return all(plain(text));
    }

    /// Returns the value of a text that is one number, perhaps with a currency or a percent sign.
    public static Optional<BigDecimal> value(String text) {
        String plain = plain(text).strip();
        Matcher matcher = NUMBER.matcher(plain);
        if (!matcher.lookingAt() || !plain.substring(matcher.end()).matches("\\s*+[%\\p{Sc}]?+\\.?+")) {
            return Optional.empty();
        }
        if (matcher.group(5) != null) {
            return quotient(matcher.group(4) + matcher.group(5), matcher.group(6));
        }
        String above = matcher.group(1) + decimal(matcher.group(2));
        return quotient(above, matcher.group(3) == null ? "1" : matcher.group(3));
    }

    /// Returns whether two values are one number: equal where both are whole, else equal up to
    /// rounding in the ninth digit.
    public static boolean same(BigDecimal a, BigDecimal b) {
        if (a.compareTo(b) == 0) {
            return true;
        }
        if (isWhole(a) && isWhole(b)) {
            return false;
        }
        return a.subtract(b).abs().compareTo(a.abs().max(b.abs()).multiply(TOLERANCE)) <= 0;
    }

    private static boolean isWhole(BigDecimal x) {
        return x.signum() == 0 || x.stripTrailingZeros().scale() <= 0;
    }

    private static List<String> all(String plain) {
        List<String> found = new ArrayList<>();
        for (Matcher matcher = NUMBER.matcher(plain); matcher.find(); ) {
            found.add(matcher.group());
        }
        return found;
    }

    /// Returns what stands between an opening brace and the brace that closes it, or up to the end.
    private static String inBraces(String text, int start) {
        int depth = 1;
        for (int i = start; i < text.length(); i++) {
            if (text.charAt(i) == '{') {
                depth++;
            } else if (text.charAt(i) == '}' && --depth == 0) {
                return text.substring(start, i);
            }
        }
        return text.substring(start);
    }

    private static Optional<BigDecimal> quotient(String above, String below) {
        if (above.length() > MOST_DIGITS || below.length() > MOST_DIGITS) {
            return Optional.empty();
        }
        BigDecimal divisor = new BigDecimal(below);
        if (divisor.signum() == 0) {
            return Optional.empty();
        }
        BigDecimal dividend = new BigDecimal(above);
        return Optional.of(
                divisor.compareTo(BigDecimal.ONE) == 0 ? dividend : dividend.divide(divisor, MathContext.DECIMAL64));
    }

    /// Returns a number without marks of thousands and with a decimal point.
    private static String decimal(String number) {
        String digits = number.replaceAll("['\u00a0\u202f]", "");
        int comma = digits.lastIndexOf(',');
        int point = digits.lastIndexOf('.');
        if (comma < 0) {
            return digits.indexOf('.') == point ? digits : digits.replace(".", "");
        }
        if (point > comma) {
            return digits.replace(",", "");
        }
        if (point >= 0) {
            return digits.replace(".", "").replace(',', '.');
        }
        return digits.matches("[1-9][0-9]{0,2}(?:,[0-9]{3})++(?:[eE].*)?")
                ? digits.replace(",", "")
                : digits.replace(',', '.');
    }

    /// Returns the text with ASCII digits, signs and apostrophes.
    private static String plain(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (Character.isDigit(c)) {
                plain.append(Character.digit(c, 10));
            } else if (c == '\u2212') {
                plain.append('-');
            } else if (c == '\u2019') {
                plain.append('\'');
            } else {
                plain.appendCodePoint(c);
            }
        });
        return plain.toString();
    }
}
