package dev.finetide.dataset.tokens;

import dev.finetide.sft.text.Found;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowFinding;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.SeenRow;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import java.util.List;
import java.util.Optional;

/// Reads stored rows for the code that trains.
final class RowParsing {
    private RowParsing() {}

    /// Examines a row. A row that the code that trains cannot read is a finding, too.
    static SeenRow see(RowEncoder encoder, String json) {
        TextRow row;
        try {
            row = TextRow.parse(json);
        } catch (RowRefused unread) {
            Found found = new Found(
                    unread.finding().orElse(RowFinding.REFUSED_BY_TEMPLATE), unread.field(), unread.getMessage());
            return new SeenRow(Optional.empty(), 0, 0, "", List.of(found));
        }
        return encoder.see(row);
    }

    /// Whether a row is all text, which no template renders.
    static boolean isAllText(String json) {
        try {
            return TextRow.parse(json) instanceof TextOnlyRow;
        } catch (RowRefused unread) {
            return false;
        }
    }
}
