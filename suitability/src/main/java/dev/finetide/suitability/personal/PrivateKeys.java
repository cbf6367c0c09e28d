package dev.finetide.suitability.personal;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds private keys in the form of PEM (RFC 7468), and the rest of one that was cut off. Every
/// character is looked at once, however many beginnings of keys a text has.
final class PrivateKeys implements Redaction.Finder {
    private static final Pattern BEGINNING = Pattern.compile("-----BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----");
    private static final String DASHES = "-----";
    private static final String END = "-----END ";
    private static final int LONGEST_END = 70;

    @Override
    public String replaced(String text, String by) {
        if (!text.contains(DASHES)) {
            return text;
        }
        Matcher beginning = BEGINNING.matcher(text);
        StringBuilder left = new StringBuilder();
        int copied = 0;
        while (beginning.find(copied)) {
            left.append(text, copied, beginning.start()).append(by);
            copied = end(text, beginning.end());
        }
        return copied == 0 ? text : left.append(text, copied, text.length()).toString();
    }

    /// Returns where a key ends whose body begins at a place.
    private static int end(String text, int body) {
        int i = body;
        while (i < text.length() && isBody(text.charAt(i)) && !text.startsWith(DASHES, i)) {
            i++;
        }
        if (!text.startsWith(END, i)) {
            return i;
        }
        int dashes = text.substring(i, Math.min(text.length(), i + LONGEST_END)).indexOf(DASHES, END.length());
        return dashes < 0 ? i : i + dashes + DASHES.length();
    }

    private static boolean isBody(char c) {
        return c < 128 && (Character.isLetterOrDigit(c) || Character.isWhitespace(c) || "+/=\\:,.()-".indexOf(c) >= 0);
    }
}
