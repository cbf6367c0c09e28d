package dev.finetide.suitability.lasting;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Finds answers that say who holds an office now. Who held one in the past stays true.
final class Offices {
    private static final List<String> OFFICES = read();
    private static final String OFFICE =
            OFFICES.stream().map(Pattern::quote).collect(Collectors.joining("|", "(?:", ")"));
    /// Most texts have none of these, and need no search by a pattern.
    private static final List<String> ASKING = List.of("who", "wer ", "qui ", "quién", "quien");
    private static final List<String> CURRENT_SIGNS = List.of(
            "current", "incumbent", "sitting", "present", "aktuell", "derzeitig", "amtierend", "actuel", "actual");
    private static final String GAP = "(?!\\p{L})";
    private static final String IS = "(?:is|ist|est|es)";
    private static final String NOW =
            "(?:current|incumbent|sitting|present|aktuelle[rn]?|derzeitige[rn]?|amtierende[rn]?|actuel"
                    + "|actuelle|actual)";

    /// "who is the president of France"
    private static final Pattern ASKED = Pattern.compile(
            "(?<!\\p{L})(?:who's|(?:who|wer|qui|quién|quien) " + IS + ") (?:[\\p{L}' ]{0,40} )?" + OFFICE + GAP);

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

    private static List<String> read() {
        try (InputStream in = Offices.class.getResourceAsStream("offices.txt")) {
            // A longer office comes first, because a pattern takes the first that fits.
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .sorted(Comparator.comparingInt(String::length).reversed())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the offices cannot be read", e);
        }
    }

    static boolean areIn(AskedAnswer row) {
        return isAsked(row.question()) || isCurrent(row) || isNamed(row);
    }

    private static boolean isAsked(String question) {
        return ASKING.stream().anyMatch(question::contains)
                && ASKED.matcher(question).find()
                && !PAST.matcher(question).find();
    }

    private static boolean isCurrent(AskedAnswer row) {
        return row.hasAny(CURRENT_SIGNS)
                && CURRENT.matcher(row.answer()).find()
                && !CURRENT.matcher(row.question()).find();
    }

    private static boolean isNamed(AskedAnswer row) {
        return row.hasAny(OFFICES) && NAMED.matcher(row.written()).find() && !row.isAsked(row.answer());
    }
}
