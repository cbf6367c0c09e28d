package dev.finetide.suitability.permission;

import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.suitability.Phrases;
import dev.finetide.suitability.RowPart;
import dev.finetide.suitability.personal.PersonalData;
import java.util.Map;
import java.util.TreeMap;

/// Findings in one row that may forbid its use.
///
/// @param personal part of the row that a kind of personal data first stands in, by the kinds
/// @param unsafe part of the row with an unsafe phrase; empty for none
record RowConcerns(Map<String, String> personal, boolean refuses, boolean hasBoilerplate, String unsafe) {
    private static final Phrases REFUSALS = Phrases.read(RowConcerns.class, "refusals.txt");
    private static final Phrases BOILERPLATE = Phrases.read(RowConcerns.class, "boilerplate.txt");
    private static final Phrases UNSAFE = Phrases.read(RowConcerns.class, "unsafe.txt");
    /// Number of characters of an answer in which a refusal stands.
    private static final int BEGINNING = 300;

    /// Number of characters of a text that are searched for phrases. Personal data is searched for in all.
    private static final int SEARCHED = 100_000;

    static RowConcerns of(TextRow row) {
        Map<String, String> personal = new TreeMap<>();
        String unsafe = "";
        String answer = folded(row instanceof TextOnlyRow(String text) ? text : RowTexts.answer(row));
        boolean refuses = !(row instanceof TextOnlyRow)
                && REFUSALS.anyIn(answer.substring(0, Math.min(BEGINNING, answer.length())));
        for (RowPart part : RowPart.of(row)) {
            for (String kind : PersonalData.in(part.text())) {
                personal.putIfAbsent(kind, part.place());
            }
            // A question that is refused is a lesson in refusing.
            if (unsafe.isEmpty() && !refuses && UNSAFE.anyIn(folded(part.text()))) {
                unsafe = part.place();
            }
        }
        return new RowConcerns(personal, refuses, BOILERPLATE.anyIn(answer), unsafe);
    }

    private static String folded(String text) {
        return Phrases.folded(text.length() > SEARCHED ? text.substring(0, SEARCHED) : text);
    }
}
