package dev.finetide.dataset.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.recipe.expression.RowValues;
import dev.finetide.dataset.row.RowId;
import dev.finetide.dataset.shard.StoredRow;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.RowPlace;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// A row on its way through a recipe. Parts that only some steps need are made when they are asked for.
/// Rows never change: a step makes another row. Not thread-safe.
public final class RecipeRow {
    private final String version;
    private final String split;
    private final long number;
    private final RowPlace place;
    private final SortedMap<String, String> tags;
    private final byte[] json;
    private ObjectNode tree;
    private Object values;
    private String id;

    /// @param version name of the version that the row comes from, for errors
    /// @param number 1-based number of the row in its split of that version
    RecipeRow(String version, String split, long number, RowPlace place, SortedMap<String, String> tags, byte[] json) {
        this.version = version;
        this.split = split;
        this.number = number;
        this.place = place;
        this.tags = tags;
        this.json = json;
    }

    /// @param version name of the row's version
    public static RecipeRow of(String version, StoredRow row) {
        return new RecipeRow(version, row.split(), row.number(), row.place(), row.tags(), row.json());
    }

    public String version() {
        return version;
    }

    public String split() {
        return split;
    }

    public long number() {
        return number;
    }

    public RowPlace place() {
        return place;
    }

    public SortedMap<String, String> tags() {
        return tags;
    }

    /// Returns the canonical row without tags and place, in UTF-8.
    public byte[] json() {
        return json;
    }

    public String id() {
        if (id == null) {
            id = RowId.of(json);
        }
        return id;
    }

    /// Returns the row as a tree, which nobody changes.
    ObjectNode tree() {
        if (tree == null) {
            tree = RowJson.parse(json);
        }
        return tree;
    }

    /// Returns the text of the prompt or of the user's turns; nothing for a text row.
    public String input() {
        JsonNode prompt = tree().get("prompt");
        return prompt != null ? prompt.textValue() : RowJson.contents(tree(), "user");
    }

    /// Returns the text of the completion or of the last assistant's turn; empty if that turn only calls
    /// tools.
    public String answer() {
        JsonNode completion = tree().get("completion");
        if (completion != null) {
            return completion.textValue();
        }
        return RowJson.lastAnswer(tree())
                .flatMap(turn -> Optional.ofNullable(turn.get("content")))
                .map(JsonNode::textValue)
                .orElse("");
    }

    /// Returns the row as a value of expressions: maps, lists, texts and numbers.
    public Object values() {
        if (values == null) {
            values = RowValues.of(tree());
        }
        return values;
    }

    RecipeRow withSplit(String other) {
        return new RecipeRow(version, other, number, place, tags, json);
    }

    RecipeRow withTree(ObjectNode other) {
        return new RecipeRow(version, split, number, place, tags, RowJson.write(other));
    }

    /// @param value value of the tag; empty removes the tag
    RecipeRow withTag(String tag, Optional<String> value) {
        SortedMap<String, String> changed = new TreeMap<>(tags);
        value.ifPresentOrElse(text -> changed.put(tag, text), () -> changed.remove(tag));
        return new RecipeRow(version, split, number, place, Collections.unmodifiableSortedMap(changed), json);
    }

    /// Returns the refusal of a recipe because of this row, which the refusal names without its text.
    ///
    /// @param field field of the request: "recipe.steps[0].filter.expression"
    /// @param problem clause that stands alone, without the row's text
    public ApiException refusal(String field, String problem) {
        return ApiException.invalidField(field, "row %d of %s of %s: %s".formatted(number, split, version, problem));
    }
}
