package dev.finetide.cli.dataset;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.finetide.cli.output.PlaceText;
import dev.finetide.cli.output.Printable;
import dev.finetide.proto.dataset.v1.InvalidRow;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowPlace;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Prints rows for people: a line of where the row stands, then who says what.
///
/// @param columns width at which a text is cut; 0 to print all of it
record RowText(int columns) {
    private static final String INDENT = "  ";
    private static final int SPEAKER_WIDTH = 10;

    /// A part of a row: who says it, and what.
    private record Part(String speaker, String text) {}

    void print(Row row, PrintWriter out) {
        out.println(head(row));
        if (row.hasRefused()) {
            InvalidRow refused = row.getRefused();
            String field = refused.getField().isEmpty() ? "" : refused.getField() + ": ";
            out.println(INDENT + "refused: " + Printable.line(field + refused.getReason()));
        }
        if (row.hasOverlap()) {
            out.println(INDENT + "same input as " + DatasetText.other(row.getOverlap()));
        }
        print(row.getJson(), INDENT, out);
        out.flush();
    }

    /// Prints the parts of a canonical row.
    void print(String json, String indent, PrintWriter out) {
        for (Part part : parts(json)) {
            String speaker = indent + String.format("%-" + SPEAKER_WIDTH + "s ", part.speaker());
            if (columns > 0) {
                out.println(Printable.cut(speaker + Printable.line(part.text()), columns));
                continue;
            }
            String start = speaker;
            for (String line : Printable.text(part.text()).split("\n", -1)) {
                out.println((start + line).stripTrailing());
                start = " ".repeat(speaker.length());
            }
        }
    }

    /// Returns "test row 12  id 0123456789abcdef  test.jsonl line 12  language=de".
    private static String head(Row row) {
        StringBuilder head = new StringBuilder(Printable.line(row.getSplit()) + " row " + row.getNumber());
        if (!row.getId().isEmpty()) {
            head.append("  id ").append(Printable.line(row.getId()));
        }
        String place = row.hasRefused() ? place(row.getRefused()) : PlaceText.of(row.getPlace());
        if (!place.isEmpty()) {
            head.append("  ").append(place);
        }
        row.getTagsMap().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(tag -> head.append("  ").append(Printable.line(tag.getKey() + "=" + tag.getValue())));
        return head.toString();
    }

    /// Returns where a refused row stands.
    static String place(InvalidRow row) {
        return PlaceText.of(RowPlace.newBuilder()
                .setFile(row.getFile())
                .setLine(row.getLine())
                .setRecord(row.getRecord())
                .build());
    }

    private static List<Part> parts(String json) {
        JsonElement parsed;
        try {
            parsed = JsonParser.parseString(json);
        } catch (JsonParseException raw) {
            return List.of(new Part("record", json));
        }
        if (!parsed.isJsonObject()) {
            return List.of(new Part("record", json));
        }
        List<Part> parts = new ArrayList<>();
        for (Map.Entry<String, JsonElement> entry : parsed.getAsJsonObject().entrySet()) {
            boolean listOfObjects = entry.getValue() instanceof JsonArray list
                    && list.asList().stream().allMatch(JsonElement::isJsonObject);
            if (entry.getKey().equals("messages") && listOfObjects) {
                entry.getValue().getAsJsonArray().forEach(message -> addMessage(message.getAsJsonObject(), parts));
            } else {
                parts.add(new Part(Printable.line(entry.getKey()), textOf(entry.getValue())));
            }
        }
        return parts;
    }

    private static void addMessage(JsonObject message, List<Part> parts) {
        String role = message.has("role") ? Printable.line(textOf(message.get("role"))) : "message";
        if (message.has("reasoning_content")) {
            parts.add(new Part("reasoning", textOf(message.get("reasoning_content"))));
        }
        if (message.has("content") && !message.get("content").isJsonNull()) {
            boolean ignored =
                    message.has("weight") && textOf(message.get("weight")).matches("0(\\.0+)?");
            parts.add(new Part(role, (ignored ? "(not learnt) " : "") + textOf(message.get("content"))));
        }
        for (String calls : List.of("tool_calls", "function_call")) {
            if (message.has(calls)) {
                addCalls(message.get(calls), parts);
            }
        }
        boolean empty = List.of("reasoning_content", "content", "tool_calls", "function_call").stream()
                .noneMatch(message::has);
        if (empty) {
            parts.add(new Part(role, textOf(message)));
        }
    }

    private static void addCalls(JsonElement calls, List<Part> parts) {
        if (!(calls instanceof JsonArray list)) {
            parts.add(new Part("calls", textOf(calls)));
            return;
        }
        for (JsonElement call : list) {
            boolean known = call instanceof JsonObject object
                    && object.get("function") instanceof JsonObject function
                    && function.has("name");
            parts.add(
                    new Part("calls", known ? call(call.getAsJsonObject().getAsJsonObject("function")) : textOf(call)));
        }
    }

    private static String call(JsonObject function) {
        return textOf(function.get("name"))
                + (function.has("arguments") ? " " + textOf(function.get("arguments")) : "");
    }

    /// Returns a text as it is, the texts of a list of text parts, and everything else as JSON.
    private static String textOf(JsonElement element) {
        if (element.isJsonPrimitive()) {
            return element.getAsString();
        }
        if (element instanceof JsonArray list
                && !list.isEmpty()
                && list.asList().stream()
                        .allMatch(part -> part instanceof JsonObject object
                                && object.get("text") != null
                                && object.get("text").isJsonPrimitive())) {
            StringBuilder text = new StringBuilder();
            list.forEach(part -> text.append(part.getAsJsonObject().get("text").getAsString()));
            return text.toString();
        }
        return element.toString();
    }
}
