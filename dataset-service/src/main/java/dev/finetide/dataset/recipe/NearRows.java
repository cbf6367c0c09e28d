package dev.finetide.dataset.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.suitability.near.NearTexts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Keeps the first of rows whose inputs are near. Rows are compared by the text of the user's turns, and
/// only with rows that are equal in all else that is asked: system turns, tools, earlier answers. A long
/// system turn that all rows have would else make all rows near.
final class NearRows implements RowStep {
    private static final double USUAL_THRESHOLD = 0.8;
    private static final byte[] NO_CONTEXT = {};

    private final SplitRanks splits = new SplitRanks();
    private final NearTexts texts;

    /// @param threshold smallest Jaccard similarity; 0 for the usual one
    NearRows(double threshold, Path scratch) throws IOException {
        this.texts = new NearTexts(threshold == 0 ? USUAL_THRESHOLD : threshold, splits::isBefore, scratch);
    }

    @Override
    public boolean looksFirst() {
        return true;
    }

    @Override
    public void look(RecipeRow row, long ordinal) throws IOException {
        JsonNode text = row.tree().get("text");
        texts.add(text != null ? text.textValue() : row.input(), context(row.tree()), splits.index(row.split()));
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

    /// Returns what is asked besides the texts of the user's turns.
    private static byte[] context(ObjectNode row) {
        if (!row.has("messages")) {
            return NO_CONTEXT;
        }
        ObjectNode asked = RowJson.asked(row);
        boolean only = !asked.has("tools");
        for (JsonNode message : asked.get("messages")) {
            if (message.path("role").asText().equals("user")) {
                ((ObjectNode) message).remove("content");
            } else {
                only = false;
            }
        }
        return only && asked.get("messages").size() <= 1 ? NO_CONTEXT : RowJson.write(asked);
    }

    @Override
    public void close() throws IOException {
        texts.close();
    }
}
