package dev.finetide.cli.generate;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

/// One answer of the worker.
///
/// @param variant "base" or "adapter"
/// @param json    line that the worker printed
public record Answer(String prompt, String variant, String output, String json) {
    public static Answer parse(String line) {
        JsonObject object = JsonParser.parseString(line).getAsJsonObject();
        return new Answer(
                object.get("prompt").getAsString(),
                object.get("variant").getAsString(),
                object.get("output").getAsString(),
                line);
    }
}
