package dev.finetide.dataset.record;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Tells from the beginning of a text how JSON stands in it.
///
/// @param kind  what the text is
/// @param lists keys of a document's lists of objects, if the document is one object that holds rows
record JsonOutline(Kind kind, List<String> lists) {
    enum Kind {
        /// The text does not begin as JSON.
        NONE,
        /// One value on each line.
        LINES,
        /// A list of objects, an object with such a list, or objects over several lines, one after another.
        DOCUMENT
    }

    /// Keys of rows that may hold lists of objects. An object with one of these is a row, not a document of rows.
    private static final Set<String> ROW_KEYS = Set.of(
            "messages",
            "conversations",
            "conversation",
            "contents",
            "prompt",
            "completion",
            "tools",
            "functions",
            "system",
            "history",
            "chosen",
            "rejected");

    /// Keys of a turn of a conversation. A list of these is one row.
    private static final Set<String> TURN_KEYS = Set.of("role", "from");

    private static final JsonFactory FACTORY = new JsonFactory();
    /// Number of lines after a malformed one among which a whole object shows that each line is a row.
    private static final int PROBED_LINES = 50;

    /// @param first    beginning of a text in UTF-8
    /// @param complete whether this is the whole text
    static JsonOutline of(byte[] first, boolean complete) {
        int start = 0;
        while (start < first.length && isSpace(first[start])) {
            start++;
        }
        if (start == first.length) {
            return none();
        }
        if (first[start] == '[') {
            return new JsonOutline(Kind.DOCUMENT, List.of());
        }
        // Jackson takes a NUL near the beginning for UTF-16.
        boolean nul =
                first.length > start + 3 && (first[start + 1] == 0 || first[start + 2] == 0 || first[start + 3] == 0);
        return first[start] == '{' && !nul ? object(first, start, complete) : none();
    }

    private static JsonOutline none() {
        return new JsonOutline(Kind.NONE, List.of());
    }

    private static JsonOutline lines() {
        return new JsonOutline(Kind.LINES, List.of());
    }

    private static JsonOutline object(byte[] first, int start, boolean complete) {
        List<String> lists = new ArrayList<>();
        boolean row = false;
        try (JsonParser parser = FACTORY.createParser(first, start, first.length - start)) {
            parser.nextToken();
            int depth = 1;
            String key = "";
            while (depth > 0) {
                JsonToken token = parser.nextToken();
                if (token == null) {
                    break;
                }
                if (depth == 1 && token == JsonToken.FIELD_NAME) {
                    key = parser.currentName();
                    row |= ROW_KEYS.contains(key);
                }
                if (depth == 2
                        && token == JsonToken.START_OBJECT
                        && parser.getParsingContext().getParent().inArray()
                        && !lists.contains(key)) {
                    lists.add(key);
                }
                row |= depth == 3 && token == JsonToken.FIELD_NAME && TURN_KEYS.contains(parser.currentName());
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            }
            return whole(first, start + (int) parser.currentLocation().getByteOffset(), start, row, lists);
        } catch (JsonEOFException e) {
            return cut(first, start, row, lists);
        } catch (JsonProcessingException e) {
            long at = e.getLocation() == null ? 0 : e.getLocation().getByteOffset();
            return !complete && start + at > first.length - 8 ? cut(first, start, row, lists) : malformed(first, start);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Judges by a first value that is whole.
    private static JsonOutline whole(byte[] first, int end, int start, boolean row, List<String> lists) {
        boolean alone = true;
        for (int i = end; i < first.length; i++) {
            alone &= isSpace(first[i]);
        }
        if (alone && !row && !lists.isEmpty()) {
            return new JsonOutline(Kind.DOCUMENT, lists);
        }
        return hasNewline(first, start, end) ? new JsonOutline(Kind.DOCUMENT, List.of()) : lines();
    }

    /// Judges by a first value whose end was not read.
    private static JsonOutline cut(byte[] first, int start, boolean row, List<String> lists) {
        if (!row && !lists.isEmpty()) {
            return new JsonOutline(Kind.DOCUMENT, lists);
        }
        return hasNewline(first, start, first.length) && !hasWholeLine(first, start)
                ? new JsonOutline(Kind.DOCUMENT, List.of())
                : lines();
    }

    /// Judges by a first value that is not JSON: a row with a fault, or a document with one.
    private static JsonOutline malformed(byte[] first, int start) {
        int end = start;
        while (end < first.length && first[end] != '\n') {
            end++;
        }
        if (end == first.length) {
            return lines();
        }
        int last = end - 1;
        while (last > start && isSpace(first[last])) {
            last--;
        }
        // A document over several lines opens a value on its first line.
        boolean opens = first[last] == '{' || first[last] == '[' || first[last] == ',';
        return opens && !hasWholeLine(first, start) ? new JsonOutline(Kind.DOCUMENT, List.of()) : lines();
    }

    /// Tells whether a line after the first is an object and begins without a space.
    private static boolean hasWholeLine(byte[] first, int start) {
        int at = start;
        for (int line = 0; line < PROBED_LINES; line++) {
            while (at < first.length && first[at] != '\n') {
                at++;
            }
            int end = ++at;
            while (end < first.length && first[end] != '\n') {
                end++;
            }
            if (end >= first.length) {
                return at < first.length && first[at] == '{' && isObject(first, at, first.length);
            }
            if (first[at] == '{' && isObject(first, at, end)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isObject(byte[] bytes, int from, int to) {
        try (JsonParser parser = FACTORY.createParser(bytes, from, to - from)) {
            parser.nextToken();
            parser.skipChildren();
            return parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
        } catch (IOException notJson) {
            return false;
        }
    }

    private static boolean hasNewline(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                return true;
            }
        }
        return false;
    }

    static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }
}
