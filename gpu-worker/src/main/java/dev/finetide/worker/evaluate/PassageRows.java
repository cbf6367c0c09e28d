package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.passages.PassageSearch;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.util.List;

/// Writes into rows to learn the passages that an arm is asked with, in the same words and as many of them.
/// A train row never gets itself as a passage. Not thread-safe.
public final class PassageRows implements AutoCloseable {
    private final PassageSearch search;
    private final ExamplePool ofTrain;
    private final ExamplePool ofOthers;
    private final RowPrompter trainPrompter;
    private final RowPrompter otherPrompter;
    private boolean found;
    private boolean shown;
    private long shortenedRows;
    private long droppedPassages;

    /// @param train rows of the train split, which are searched where no document set is named
    /// @param encoder encoder that has accepted the rows
    /// @param longestPrompt largest number of tokens of a prompt with passages
    public PassageRows(
            Retrieval wanted, List<TextRow> train, PassageSources sources, RowEncoder encoder, int longestPrompt) {
        Prompting prompting = PromptingTexts.filled(
                Prompting.newBuilder().setRetrieval(wanted).build(), "");
        this.search = new PassageSearch(
                sources, () -> train.stream().map(RowTexts::solved).toList());
        this.ofTrain = new ExamplePool(train, true, search);
        this.ofOthers = new ExamplePool(train, false, search);
        this.trainPrompter = new RowPrompter(prompting, encoder, ofTrain, longestPrompt);
        this.otherPrompter = new RowPrompter(prompting, encoder, ofOthers, longestPrompt);
    }

    /// Returns a row that was accepted without passages, with those that are found for it.
    ///
    /// @param ofTrain whether the row is one of the train split
    /// @throws RowRefused when the row has no question in which passages could stand
    public ExaminedRow with(TextRow row, boolean ofTrain) {
        PromptedRow prompted = (ofTrain ? trainPrompter : otherPrompter).prompt(0, row, 0);
        RowPassages passages = prompted.passages();
        found |= passages.fitting() > 0;
        shown |= passages.shown() > 0;
        shortenedRows += passages.dropped() > 0 ? 1 : 0;
        droppedPassages += passages.dropped();
        return prompted.examined();
    }

    /// Returns whether a row had room for a passage, or no row had one to show.
    public boolean hadRoom() {
        return shown || !found;
    }

    /// Returns the number of rows whose passages did not all fit.
    public long shortenedRows() {
        return shortenedRows;
    }

    /// Returns the number of passages that did not fit.
    public long droppedPassages() {
        return droppedPassages;
    }

    @Override
    public void close() {
        ofTrain.close();
        ofOthers.close();
        search.close();
    }
}
