package dev.finetide.metrics.text;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers in texts: where they stand, and which value they have.
public final class Numbers {
    private static final Pattern NUMBER =
            Pattern.compile("(?<![\\p{L}\\p{Nd}])(?:[-+\u2212](?=[.\\p{Nd}\\p{Sc}]))?+\\p{Sc}?+"
                    + "(?:\\p{Nd}++(?:[.,'\u2019\u00a0\u202f]\\p{Nd}++)*+|\\.\\p{Nd}++)(?:[eE][-+]?+\\p{Nd}{1,3}+(?!\\p{L}))?+"
                    + "(?:/\\p{Nd}++(?![./]?\\p{Nd}))?+");
    private static final Pattern AFTER_HASHES = Pattern.compile("####\\s*+");
    private static final Pattern BOXED = Pattern.compile("\\\\(?:boxed|fbox)\\s*+\\{");
    private static final Pattern FRACTION =
            Pattern.compile("([-+\u2212]?)\\\\[dt]?frac\\s*+\\{\\s*+(\\p{Nd}++)\\s*+}\\s*+\\{\\s*+(\\p{Nd}++)\\s*+}");
    private static final int MOST_DIGITS = 1_000;
    private static final BigDecimal TOLERANCE = new BigDecimal("1e-9");

    private Numbers() {}

    /// Returns the text of the number that a derivation ends in: what follows the last `####`, else
    /// the content of the last `\boxed{}`, else the last number.
    public static Optional<String> last(String text) {
        Optional<Matcher> hashes = lastMatch(AFTER_HASHES.matcher(text));
        if (hashes.isPresent()) {
            int start = hashes.get().end();
            int end = text.indexOf('\n', start);
            List<String> found = all(text.substring(start, end < 0 ? text.length() : end));
            if (!found.isEmpty()) {
                return Optional.of(found.getFirst());
            }
        }
        Optional<Matcher> boxed = lastMatch(BOXED.matcher(text));
        if (boxed.isPresent()) {
            List<String> found = all(inBraces(text, boxed.get().end()));
            if (!found.isEmpty()) {
                return Optional.of(found.getLast());
            }
        }
        List<String> found = all(text);
        return found.isEmpty() ? Optional.empty() : Optional.of(found.getLast());
    }

    /// Returns the value of a text that is one number, perhaps with a currency, a percent sign or
    /// separators.
    public static Optional<BigDecimal> value(String text) {
        Matcher fraction = FRACTION.matcher(text);
        if (fraction.lookingAt()) {
            return quotient(fraction.group(1), fraction.group(2), fraction.group(3));
        }
        String plain = ascii(text);
        int slash = plain.indexOf('/');
        if (slash > 0) {
            return quotient("", plain.substring(0, slash), plain.substring(slash + 1));
        }
        return decimal(plain);
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

    private static List<String> all(String text) {
        List<String> found = new ArrayList<>();
        Matcher fraction = FRACTION.matcher(text);
        int from = 0;
        while (fraction.find()) {
            plainNumbers(text.substring(from, fraction.start()), found);
            found.add(fraction.group());
            from = fraction.end();
        }
        plainNumbers(text.substring(from), found);
        return found;
    }

    private static void plainNumbers(String text, List<String> found) {
        NUMBER.matcher(text).results().map(MatchResult::group).forEach(found::add);
    }

    private static Optional<Matcher> lastMatch(Matcher matcher) {
        int start = -1;
        while (matcher.find()) {
            start = matcher.start();
        }
        return start >= 0 && matcher.find(start) ? Optional.of(matcher) : Optional.empty();
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

    private static Optional<BigDecimal> quotient(String sign, String above, String below) {
        Optional<BigDecimal> numerator = decimal(ascii(sign + above));
        Optional<BigDecimal> denominator = decimal(ascii(below));
        return numerator.isEmpty() || denominator.isEmpty() || denominator.get().signum() == 0
                ? Optional.empty()
                : Optional.of(numerator.get().divide(denominator.get(), MathContext.DECIMAL64));
    }

    /// Returns the text with ASCII digits and signs, and without currencies, percent signs and
    /// white space around it.
    private static String ascii(String text) {
        StringBuilder ascii = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (Character.isDigit(c)) {
                ascii.append(Character.digit(c, 10));
            } else if (c == '\u2212') {
                ascii.append('-');
            } else if (c == '\u2019' || c == '\u00a0' || c == '\u202f') {
                ascii.append('\'');
            } else if (Character.getType(c) != Character.CURRENCY_SYMBOL && c != '%') {
                ascii.appendCodePoint(c);
            }
        });
        return ascii.toString().strip();
    }

    private static Optional<BigDecimal> decimal(String ascii) {
        if (ascii.isEmpty() || ascii.length() > MOST_DIGITS) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BigDecimal(withoutSeparators(ascii)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /// Takes separators of thousands away: a sign between groups of three digits, unless it is the
    /// only point. A comma before another number of digits is a decimal comma, and of two different
    /// signs the last one is the decimal sign.
    private static String withoutSeparators(String ascii) {
        String number = ascii.replace("'", "");
        int comma = number.lastIndexOf(',');
        int point = number.lastIndexOf('.');
        if (comma < 0) {
            return number.indexOf('.') == point ? number : number.replace(".", "");
        }
        if (point > comma) {
            return number.replace(",", "");
        }
        if (point >= 0) {
            return number.replace(".", "").replace(',', '.');
        }
        boolean groups = number.matches("[-+]?\\d{1,3}(?:,\\d{3})++(?:[eE].*)?");
        return groups || number.indexOf(',') != comma ? number.replace(",", "") : number.replace(',', '.');
    }
}
