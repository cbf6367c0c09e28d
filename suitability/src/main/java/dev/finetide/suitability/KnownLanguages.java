package dev.finetide.suitability;

import dev.finetide.proto.dataset.v1.ShareOf;
import dev.finetide.proto.dataset.v1.SuitabilityReportOrBuilder;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Says which part of the rows has answers in languages for which there are no lists of phrases.
/// The languages of the rows are those of the section about contents.
///
/// @param looked rows whose language was looked at
/// @param others rows of these with answers in other languages
public record KnownLanguages(long looked, long others) {
    private static final Set<String> LISTED =
            Set.of("en", "de", "fr", "es", "pt", "it", "nl", "ru", "ja", "zh", "ko", "ar", "hi", "unknown");
    private static final String NAMES = "English, German, French, Spanish, Portuguese, Italian, Dutch, Russian,"
            + " Japanese, Chinese, Korean, Arabic and Hindi";
    private static final double MANY = 0.05;
    private static final double MOST = 0.5;

    public static KnownLanguages of(SuitabilityReportOrBuilder report) {
        List<ShareOf> languages = report.getContents().getLanguagesList();
        return new KnownLanguages(
                languages.stream().mapToLong(ShareOf::getRows).sum(),
                languages.stream()
                        .filter(language -> !LISTED.contains(answered(language.getName())))
                        .mapToLong(ShareOf::getRows)
                        .sum());
    }

    /// Returns the language of the answer: "de" of "en → de".
    private static String answered(String languages) {
        return languages.substring(languages.lastIndexOf(' ') + 1);
    }

    /// Returns whether a count of phrases says something about these rows: it found some, or it
    /// knows the languages of at least half of the rows.
    public boolean tell(long found) {
        return found > 0 || others <= MOST * looked;
    }

    /// Notes what was searched for by lists, if many rows are in other languages.
    ///
    /// @param what the measures: "refusals, boilerplate and unsafe texts"
    public void note(String what, NotMeasured notes) {
        if (others > MANY * looked) {
            notes.add(
                    what,
                    String.format(
                            Locale.ROOT,
                            "they are searched for in %s; %.0f %% of the rows are in other languages",
                            NAMES,
                            100.0 * others / looked));
        }
    }
}
