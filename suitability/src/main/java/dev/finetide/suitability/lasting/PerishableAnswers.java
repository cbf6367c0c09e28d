package dev.finetide.suitability.lasting;

import java.util.ArrayList;
import java.util.List;

/// Says by which signs an answer looks as if it will be wrong one day. The signs are few and certain rather than
/// many: an answer without one may still pass. What the question already says, or what follows from its numbers, is
/// no sign. Thread-safe.
final class PerishableAnswers {
    private final Dates dates;
    private final boolean numbers;

    /// @param year year of the report
    /// @param numbers whether the answers are numbers that are reckoned, so that amounts of money are no prices
    PerishableAnswers(int year, boolean numbers) {
        this.dates = new Dates(year);
        this.numbers = numbers;
    }

    /// Returns the signs: "date", "price", "today", "version", "person in office".
    List<String> signs(AskedAnswer row) {
        List<String> signs = new ArrayList<>();
        if (row.isEmpty()) {
            return signs;
        }
        if (dates.areIn(row)) {
            signs.add("date");
        }
        if (!numbers && Prices.areIn(row)) {
            signs.add("price");
        }
        if (NowWords.isIn(row)) {
            signs.add("today");
        }
        if (Versions.areIn(row)) {
            signs.add("version");
        }
        if (Offices.areIn(row)) {
            signs.add("person in office");
        }
        return signs;
    }
}
