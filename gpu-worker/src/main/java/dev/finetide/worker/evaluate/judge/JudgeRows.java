package dev.finetide.worker.evaluate.judge;

import dev.finetide.sft.text.TextRow;
import java.util.List;
import java.util.Map;

/// The rows that are judged, and what the arms have answered.
///
/// @param asked all rows that the arms were asked
/// @param judged places of the judged rows among them
/// @param answers answers to the judged rows by arm and place of the row
public record JudgeRows(List<TextRow> asked, List<Integer> judged, Map<String, Map<Integer, String>> answers) {
    public JudgeRows {
        asked = List.copyOf(asked);
        judged = List.copyOf(judged);
    }

    String answer(String arm, int row) {
        return answers.get(arm).get(row);
    }
}
