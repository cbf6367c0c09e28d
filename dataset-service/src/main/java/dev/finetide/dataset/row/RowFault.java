package dev.finetide.dataset.row;

import dev.finetide.kit.error.Printable;
import java.util.Set;
import java.util.regex.Pattern;

/// Reason why a row cannot be used: a clause that stands alone, "messages[1] has no role". The reason names the place
/// in the row and what was expected, and never quotes the row's text. Names of columns may stand in it, which are the
/// keys of the row itself, and keys that some shape knows. Any other key further inside is text of the row.
public final class RowFault extends Exception {
    private static final long serialVersionUID = 1;

    private static final int LONGEST_KEY = 64;

    private static final int LONGEST_REASON = 320;

    /// Numbers that differ between rows with one and the same fault: indices, columns, offsets, lengths and counts.
    private static final Pattern PLACES =
            Pattern.compile("(?<=\\[)\\d+(?=])|(?<=\\b(?:column|offset|is|has|line) )\\d+\\b");

    private static final Pattern WORD = Pattern.compile("[a-z][a-zA-Z_]{0,30}");

    /// Keys inside a row that shapes know.
    private static final Set<String> KNOWN_KEYS = Set.of(
            "role",
            "content",
            "name",
            "weight",
            "tool_calls",
            "tool_call_id",
            "function_call",
            "id",
            "type",
            "function",
            "arguments",
            "parameters",
            "description",
            "return",
            "strict",
            "index",
            "messages",
            "tools",
            "reasoning_content",
            "refusal",
            "audio",
            "from",
            "value",
            "text",
            "parts",
            "functionCall",
            "functionResponse",
            "functionDeclarations",
            "function_response",
            "function_declarations",
            "inlineData",
            "fileData",
            "response",
            "args",
            "json",
            "toolUse",
            "toolResult",
            "toolUseId",
            "input",
            "status",
            "toolSpec",
            "inputSchema",
            "prompt",
            "completion",
            "contents",
            "conversations",
            "system",
            "user",
            "assistant");

    private final String field;

    /// Refuses a whole row.
    public RowFault(String reason) {
        this("", reason);
    }

    private RowFault(String field, String reason) {
        // A refused row is data: ten million of them must not cost a stack trace each.
        super(
                reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "...",
                null,
                false,
                false);
        this.field = field;
    }

    /// Refuses a part of a row: "messages[1].role is not a string".
    ///
    /// @param field  place of the part in the row; empty for the row itself
    /// @param clause verb and what follows
    public static RowFault at(String field, String clause) {
        return new RowFault(field, subject(field) + " " + clause);
    }

    /// Refuses a part of a row for a reason that begins with another thing: "the row has no messages".
    public static RowFault of(String field, String reason) {
        return new RowFault(field, reason);
    }

    /// Returns the part of the row that is wrong: "messages[1].role"; empty for the whole row.
    public String field() {
        return field;
    }

    /// Returns the reason without the numbers of places, which is equal for rows with the same fault:
    /// "messages[*] has no role".
    public String group() {
        return PLACES.matcher(getMessage()).replaceAll("*");
    }

    /// Returns the words for an object in a row, with which a reason begins.
    ///
    /// @param path place of the object in the row; empty for the row itself
    public static String subject(String path) {
        return path.isEmpty() ? "the row" : path;
    }

    /// Returns the place of a member.
    ///
    /// @param path place of the object in the row; empty for the row itself
    public static String place(String path, String key) {
        return path.isEmpty() ? segment(key) : path + "." + (KNOWN_KEYS.contains(key) ? key : "*");
    }

    /// Returns the words for a key of an object: its name where that may be told, or "a key".
    ///
    /// @param path place of the object in the row; empty for the row itself
    static String key(String path, String key) {
        return path.isEmpty() || KNOWN_KEYS.contains(key) ? "the key " + quoted(key) : "a key";
    }

    /// Returns the place of a key that a shape does not know, in an object of which the shape knows all keys. Such a
    /// key is told if it is a word such as programs use: letters and underscores.
    ///
    /// @param path place of the object in the row; empty for the row itself
    public static String unknown(String path, String key) {
        return path.isEmpty() ? segment(key) : path + "." + (WORD.matcher(key).matches() ? key : "*");
    }

    /// Writes a key as part of a path: unchanged if it is a plain word, otherwise quoted.
    static String segment(String key) {
        return isPlain(key) ? key : quoted(key);
    }

    /// Quotes a key of the row for a reason: printable and limited in length.
    public static String quoted(String key) {
        return '"' + Printable.of(key, LONGEST_KEY) + '"';
    }

    private static boolean isPlain(String key) {
        if (key.isEmpty() || key.length() > LONGEST_KEY) {
            return false;
        }
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-')) {
                return false;
            }
        }
        return true;
    }
}
