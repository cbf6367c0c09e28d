package dev.finetide.worker;

import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.PassageRows;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.util.ArrayList;
import java.util.List;

/// Rows to learn and to validate on, each with the passages that a run's settings want.
///
/// @param shortenedRows number of rows whose passages did not all fit
/// @param droppedPassages number of passages that did not fit
record RowsWithPassages(
        RowTokenizer.Split train, RowTokenizer.Split validation, long shortenedRows, long droppedPassages) {
    private static final String TRAIN = "train";

    /// Looks passages up for rows that were accepted without them.
    ///
    /// @param longestPrompt largest number of tokens of a prompt with passages
    /// @throws WorkerFailure BAD_CONFIGURATION when no row has room for a passage, INVALID_DATA naming a
    ///     row without a question
    static RowsWithPassages of(
            RowTokenizer.Split train,
            RowTokenizer.Split validation,
            Retrieval wanted,
            PassageSources sources,
            RowTokenizer tokenizer,
            int longestPrompt) {
        if (wanted.getCount() == 0) {
            return new RowsWithPassages(train, validation, 0, 0);
        }
        List<TextRow> searched = train.rows().stream().map(SourcedRow::row).toList();
        try (PassageRows passages = new PassageRows(wanted, searched, sources, tokenizer.encoder(), longestPrompt)) {
            RowTokenizer.Split learnt = with(passages, train, TRAIN, tokenizer.progress());
            RowTokenizer.Split validated = with(passages, validation, "validation", tokenizer.progress());
            if (!passages.hadRoom()) {
                throw new WorkerFailure(
                        WorkerFailure.Reason.BAD_CONFIGURATION,
                        "passages.count: no row has room for a passage within a prompt of " + longestPrompt
                                + " tokens; expected shorter passages, or a base with a longer context");
            }
            return new RowsWithPassages(learnt, validated, passages.shortenedRows(), passages.droppedPassages());
        }
    }

    private static RowTokenizer.Split with(
            PassageRows passages, RowTokenizer.Split rows, String split, Progress progress) {
        progress.begin("looking passages up for the rows of " + split);
        List<ExaminedRow> examined = new ArrayList<>(rows.rows().size());
        for (int i = 0; i < rows.rows().size(); i++) {
            SourcedRow row = rows.rows().get(i);
            progress.count();
            try {
                examined.add(passages.with(row.row(), split.equals(TRAIN)));
            } catch (RowRefused refused) {
                throw new WorkerFailure(
                        WorkerFailure.Reason.INVALID_DATA, row.place(split, i) + ": " + refused.getMessage(), refused);
            }
        }
        return new RowTokenizer.Split(rows.rows(), examined);
    }
}
