package dev.finetide.suitability.contents;

import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.Shares;
import java.util.HashMap;
import java.util.Map;

/// Counts the languages of rows that are evenly spread. Not thread-safe.
final class LanguageShares {
    static final int MOST_ROWS = 2_000;
    private static final int MOST_NAMED = 30;

    private final long step;
    private final Map<String, Long> counts = new HashMap<>();
    private long seen;
    private long looked;

    /// @param rows number of rows that will come
    LanguageShares(long rows) {
        this.step = Math.max(1, Math.ceilDiv(rows, MOST_ROWS));
    }

    void add(RowFacts facts) {
        if (seen++ % step == 0) {
            counts.merge(Languages.of(facts.question(), inWords(facts)), 1L, Long::sum);
            looked++;
        }
    }

    /// Returns the answer if it is in words: names of fields and functions are English everywhere.
    private static String inWords(RowFacts facts) {
        return facts.calls() || facts.json().isPresent() ? "" : facts.answer();
    }

    void measure(ContentsSection.Builder section, NotMeasured notes) {
        if (counts.getOrDefault(Languages.UNKNOWN, 0L) == looked) {
            notes.add("languages", "no text that was looked at is long enough to tell its language");
            return;
        }
        section.addAllLanguages(Shares.largest(counts, MOST_NAMED));
        if (step > 1) {
            notes.add("languages", "told of %,d rows, evenly spread".formatted(looked));
        }
    }
}
