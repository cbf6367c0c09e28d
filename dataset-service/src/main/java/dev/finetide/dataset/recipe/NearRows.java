package dev.finetide.dataset.recipe;

import dev.finetide.sft.text.TextRow;
import dev.finetide.suitability.near.NearInput;
import dev.finetide.suitability.near.NearTexts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/// Keeps the first of rows whose inputs are near, as the suitability report tells them.
final class NearRows implements RowStep {
    private final SplitRanks splits = new SplitRanks();
    private final NearTexts texts;

    /// @param threshold smallest Jaccard similarity; 0 for the usual one
    NearRows(double threshold, Path scratch) throws IOException {
        this.texts = new NearTexts(threshold == 0 ? NearTexts.USUAL_THRESHOLD : threshold, splits::isBefore, scratch);
    }

    @Override
    public boolean looksFirst() {
        return true;
    }

    @Override
    public void look(RecipeRow row, long ordinal) throws IOException {
        NearInput input = NearInput.of(TextRow.parse(new String(row.json(), StandardCharsets.UTF_8)));
        texts.add(input.text(), input.context(), splits.index(row.split()));
    }

    @Override
    public void looked() throws IOException {
        splits.fix();
        texts.group();
    }

    @Override
    public Optional<RecipeRow> apply(RecipeRow row, long ordinal) {
        return texts.isFirst(ordinal) ? Optional.of(row) : Optional.empty();
    }

    @Override
    public void close() throws IOException {
        texts.close();
    }
}
