package dev.finetide.modelfiles.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Predicate;

/// Reports a key or a form that no row may have. The reason says what to do, and holds no text of the row but a key's
/// name.
public final class RowFormFault extends Exception {
    /// Advice at the end of a reason that names an unknown key of a row of which nothing else is known.
    public static final String REMOVE = ": leave it out with --ignore-columns, or keep it with --tag-columns";

    private static final long serialVersionUID = 1;
    private static final int LONGEST_KEY = 64;

    private final String field;

    RowFormFault(String reason) {
        this("", reason);
    }

    /// @param field part of the row that is wrong; empty for the whole row
    RowFormFault(String field, String reason) {
        // A refused row is data: ten million of them must not cost a stack trace each.
        super(reason, null, false, false);
        this.field = field;
    }

    /// Returns the part of the row that is wrong: "messages[1].mood"; empty for the whole row.
    public String field() {
        return field;
    }

    /// Refuses the first key that is not known.
    ///
    /// @param path place of the object in the row; empty for the row itself
    static void unlessKnown(ObjectNode object, Predicate<String> known, String path, Advice advice)
            throws RowFormFault {
        for (String key : (Iterable<String>) object::fieldNames) {
            if (!known.test(key)) {
                throw unknown(key, path, advice.on(key));
            }
        }
    }

    private static RowFormFault unknown(String key, String path, String advice) {
        // A key of the row itself names a column. A key further inside is told if it is a word such as programs use.
        boolean isPlain = key.matches(path.isEmpty() ? "[A-Za-z0-9_-]{1,64}" : "[a-z][a-zA-Z_]{0,30}");
        String name = isPlain ? key : path.isEmpty() ? quoted(key) : "*";
        String named = isPlain || path.isEmpty() ? "the unknown key " + quoted(key) : "an unknown key";
        String todo = path.isEmpty()
                ? (advice.isEmpty() ? REMOVE : ": " + advice + ", or" + REMOVE.substring(1))
                : ": "
                        + (advice.isEmpty()
                                ? "remove it, or leave it out with --ignore-columns " + column(path, name)
                                : advice);
        return new RowFormFault(
                path.isEmpty() ? name : path + "." + name,
                (path.isEmpty() ? "the row" : path) + " has " + named + todo);
    }

    /// Returns the name by which `--ignore-columns` knows a key inside a row: "messages.id" for that of all messages.
    private static String column(String path, String name) {
        return path.replaceAll("\\[\\d+]", "") + "." + name;
    }

    /// Says what to do about a key.
    interface Advice {
        /// Returns the advice; empty if nothing is known about the key.
        String on(String key);
    }

    /// Quotes a key in printable ASCII and limited in length.
    static String quoted(String key) {
        String safe = key.replaceAll("[^\\x20-\\x7e]", "?");
        return '"' + (safe.length() <= LONGEST_KEY ? safe : safe.substring(0, LONGEST_KEY) + "...") + '"';
    }
}
