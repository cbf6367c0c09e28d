package dev.finetide.cli.dataset;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.dataset.v1.Row;

/// Makes JSON of rows for programs: the message, with the row as an object under `row` in place of its text.
final class RowJson {
    private static final Gson STRICT =
            new GsonBuilder().setStrictness(Strictness.STRICT).create();

    private RowJson() {}

    static JsonObject of(Row row) {
        JsonObject json = CommandOutput.toJsonTree(row).getAsJsonObject();
        JsonElement text = json.remove("json");
        if (text != null) {
            json.add("row", parsed(row.getJson(), text));
        }
        return json;
    }

    /// @param text the text as JSON, for a refused record that is no JSON
    private static JsonElement parsed(String row, JsonElement text) {
        try {
            JsonElement parsed = STRICT.fromJson(row, JsonElement.class);
            return parsed == null ? text : parsed;
        } catch (JsonParseException invalid) {
            return text;
        }
    }
}
