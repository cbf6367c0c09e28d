package dev.finetide.suitability.lasting;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Finds answers that say who holds an office now. Who held one in the past stays true.
final class Offices {
    private static final String OFFICE = read();
    private static final String GAP = "(?!\\p{L})";
    private static final String IS = "(?:is|ist|est|es)";
    private static final String NOW =
            "(?:current|incumbent|sitting|present|aktuelle[rn]?|derzeitige[rn]?|amtierende[rn]?|actuel"
                    + "|actuelle|actual)";

    /// "who is the president of France"
    private static final Pattern ASKED = Pattern.compile(
            "(?<!\\p{L})(?:who|who's|wer|qui|quién|quien) " + IS + "? ?(?:[\\p{L}' ]{0,40} )?" + OFFICE + GAP);

    /// Words of a question about the past, or about stories.
    private static final Pattern PAST =
            Pattern.compile("(?<!\\p{L})(?:was|were|first|former|war|waren|erste[rn]?|ehemalige[rn]?"
                    + "|était|fut|ancien|ancienne|fue|era|novel|movie|film|book|story|text|passage|roman)(?!\\p{L})"
                    + "|(?<!\\d)1\\d{3}(?!\\d)|(?<!\\d)20\\d\\d(?!\\d)");

    /// "the current president", "président actuel"
    private static final Pattern CURRENT =
            Pattern.compile("(?<!\\p{L})(?:" + NOW + " " + OFFICE + "|" + OFFICE + " " + NOW + ")" + GAP);

    private static final String NAME = "\\p{Lu}[\\p{L}.'-]+ \\p{Lu}[\\p{L}'-]+";
    private static final String OF = "(?i:of|von|der|des|de|du|del|de la|at|bei)";

    /// "The president of France is Emmanuel Macron", "Emmanuel Macron is the president of France"
    private static final Pattern NAMED = Pattern.compile("(?<!\\p{L})(?i:" + OFFICE + ") " + OF
            + " (?:[\\p{L}.&-]+ ){1,5}?" + IS + " " + NAME + "|" + NAME + " " + IS
            + " (?i:the|der|die|le|la|el) (?:\\p{L}+ )?(?i:" + OFFICE + ") " + OF + " ");

    private Offices() {}

    private static String read() {
        try (InputStream in = Offices.class.getResourceAsStream("offices.txt")) {
            // A longer office comes first, because a pattern takes the first that fits.
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .sorted(Comparator.comparingInt(String::length).reversed())
                    .map(Pattern::quote)
                    .collect(Collectors.joining("|", "(?:", ")"));
        } catch (IOException e) {
            throw new UncheckedIOException("the offices cannot be read", e);
        }
    }

    static boolean areIn(AskedAnswer row) {
        boolean asked = ASKED.matcher(row.question()).find()
                && !PAST.matcher(row.question()).find();
        return asked
                || CURRENT.matcher(row.answer()).find()
                        && !CURRENT.matcher(row.question()).find()
                || NAMED.matcher(row.written()).find() && !row.isAsked(row.answer());
    }
}
