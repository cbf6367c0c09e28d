package dev.finetide.cli.output;

import java.security.SecureRandom;
import java.util.HexFormat;

/// The colours that commands give their results. A colour is printed as a mark that no other text can hold, and
/// [SafePrinter] turns the mark into the terminal's code: codes in any other text are made harmless.
public enum Colour {
    PLAIN("0m"),
    LEARNT("30;42m"),
    LEARNT_NEXT("30;102m"),
    SPECIAL("2m");

    private static final String SECRET = secret();

    private final String code;

    Colour(String code) {
        this.code = code;
    }

    /// Returns the text in this colour.
    public String of(String text) {
        return mark() + text + PLAIN.mark();
    }

    private String mark() {
        return SECRET + ordinal();
    }

    /// Replaces marks by the codes of the terminal.
    static String shown(String text) {
        String shown = text;
        if (text.contains(SECRET)) {
            for (Colour colour : values()) {
                shown = shown.replace(colour.mark(), "\u001b[" + colour.code);
            }
        }
        return shown;
    }

    private static String secret() {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        return "<colour " + HexFormat.of().formatHex(random) + ">";
    }
}
