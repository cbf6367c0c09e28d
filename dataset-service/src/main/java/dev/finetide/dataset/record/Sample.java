package dev.finetide.dataset.record;

import java.util.Locale;

/// The beginning of a file after decompression, by which its container is recognised.
///
/// @param ending   ending of the path without that of a compression, in lower case: ".csv"
/// @param bytes    first bytes, at most 1 MiB
/// @param complete whether these are all bytes of the file
/// @param encoding encoding, if the file is a text
/// @param text     first bytes of a text in UTF-8, without byte order mark
/// @param json     how JSON stands in the text
/// @param delimiter character between fields, if the text is CSV
record Sample(
        String ending,
        byte[] bytes,
        boolean complete,
        TextEncoding encoding,
        byte[] text,
        JsonOutline json,
        char delimiter) {

    /// @param container container that the user names; empty to detect
    /// @param encoding  encoding that the user names; empty to detect
    /// @param delimiter delimiter that the user names; empty to detect
    static Sample of(String path, byte[] bytes, boolean complete, String container, String encoding, String delimiter) {
        TextEncoding textEncoding = TextEncoding.of(bytes, complete, encoding);
        if (encoding.isEmpty()
                && textEncoding.isGuessed()
                && JsonOutline.of(bytes, complete).kind() != JsonOutline.Kind.NONE) {
            textEncoding = TextEncoding.ofJson();
        }
        byte[] text = textEncoding.utf8(bytes);
        String ending = container.equals("tsv") ? ".tsv" : ending(path);
        return new Sample(
                ending,
                bytes,
                complete,
                textEncoding,
                text,
                JsonOutline.of(text, complete),
                delimiter.isEmpty() ? Delimiters.find(text, complete, ending) : delimiter.charAt(0));
    }

    /// Tells whether the text is empty or blank.
    boolean isBlank() {
        for (byte b : text) {
            if (!JsonOutline.isSpace(b)) {
                return false;
            }
        }
        return true;
    }

    boolean isJson() {
        return json.kind() != JsonOutline.Kind.NONE;
    }

    /// Tells whether a line of the text begins as a JSON object, or there is one line only.
    boolean mayHaveJsonLines() {
        boolean begins = true;
        int lines = 0;
        for (byte b : text) {
            if (begins && b == '{') {
                return true;
            }
            lines += b == '\n' ? 1 : 0;
            begins = b == '\n' || begins && JsonOutline.isSpace(b);
        }
        return lines < 2;
    }

    boolean hasNul() {
        for (byte b : text) {
            if (b == 0) {
                return true;
            }
        }
        return false;
    }

    private static String ending(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1)
                .toLowerCase(Locale.ROOT)
                .replaceFirst("\\.(gz|gzip|zst|zstd)$", "");
        return name.lastIndexOf('.') < 0 ? "" : name.substring(name.lastIndexOf('.'));
    }
}
