package dev.finetide.dataset.shard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.proto.dataset.v1.RowPlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The line of a shard: a canonical row, with its place as the member `source` and its tags as the member `tags`, both
/// after everything else.
final class RowLine {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte[] SOURCE = ",\"source\":{\"file\":".getBytes(StandardCharsets.US_ASCII);

    private RowLine() {}

    /// Returns the end of a line, which replaces the closing brace of the row.
    static byte[] end(RowPlace place, SortedMap<String, String> tags) {
        StringBuilder end = new StringBuilder(",\"source\":{\"file\":");
        text(place.getFile(), end);
        if (place.getRecord() > 0) {
            end.append(",\"record\":").append(place.getRecord());
        } else {
            end.append(",\"line\":").append(place.getLine());
        }
        end.append('}').append(tags(tags)).append("}\n");
        return end.toString().getBytes(StandardCharsets.UTF_8);
    }

    /// Returns the member `tags` with the comma before it; empty without tags.
    static String tags(SortedMap<String, String> tags) {
        if (tags.isEmpty()) {
            return "";
        }
        StringBuilder member = new StringBuilder(",\"tags\":{");
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            if (member.charAt(member.length() - 1) != '{') {
                member.append(',');
            }
            text(tag.getKey(), member);
            text(tag.getValue(), member.append(':'));
        }
        return member.append('}').toString();
    }

    private static void text(String value, StringBuilder out) {
        out.append('"')
                .append(JsonStringEncoder.getInstance().quoteAsString(value))
                .append('"');
    }

    /// Reads a line.
    ///
    /// @param line line without its end
    /// @throws IOException if the line is not one that [#end] completes
    static StoredRow read(byte[] line, String split, long number) throws IOException {
        // Inside a text, quotation marks are escaped, and source comes last: the last match is the member.
        int source = lastIndexOf(line, SOURCE);
        if (source < 0) {
            return new StoredRow(split, number, RowPlace.getDefaultInstance(), new TreeMap<>(), line);
        }
        byte[] json = Arrays.copyOf(line, source + 1);
        json[source] = '}';
        byte[] rest = Arrays.copyOfRange(line, source, line.length);
        rest[0] = '{';
        try {
            JsonNode members = JSON.readTree(rest);
            JsonNode place = members.get("source");
            SortedMap<String, String> tags = new TreeMap<>();
            members.path("tags")
                    .properties()
                    .forEach(tag -> tags.put(tag.getKey(), tag.getValue().textValue()));
            return new StoredRow(
                    split,
                    number,
                    RowPlace.newBuilder()
                            .setFile(place.get("file").textValue())
                            .setLine(place.path("line").longValue())
                            .setRecord(place.path("record").longValue())
                            .build(),
                    tags,
                    json);
        } catch (JsonProcessingException e) {
            throw new IOException("row " + number + " of the " + split + " split cannot be read");
        }
    }

    private static int lastIndexOf(byte[] bytes, byte[] part) {
        for (int at = bytes.length - part.length; at >= 0; at--) {
            if (bytes[at] == part[0] && Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        return -1;
    }
}
