package dev.finetide.dataset.record;

import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Encoding of a text file. Its records are read as UTF-8, into which other encodings are converted.
///
/// @param name name of the encoding in lower case, such as "utf-8"
/// @param mark number of bytes of the byte order mark at the beginning of the file
record TextEncoding(String name, int mark) {
    private static final String UTF_8 = "utf-8";

    /// Encodings by their byte order marks, longer marks first.
    private static final List<Mark> MARKS = List.of(
            new Mark(UTF_8, Compression.bytes(0xEF, 0xBB, 0xBF)),
            new Mark("utf-32le", Compression.bytes(0xFF, 0xFE, 0, 0)),
            new Mark("utf-32be", Compression.bytes(0, 0, 0xFE, 0xFF)),
            new Mark("utf-16le", Compression.bytes(0xFF, 0xFE)),
            new Mark("utf-16be", Compression.bytes(0xFE, 0xFF)));

    private record Mark(String encoding, byte[] bytes) {}

    /// Finds the encoding of a text: by its byte order mark, else UTF-8 if the text is that, else windows-1252.
    ///
    /// @param first    first bytes of the file
    /// @param complete whether these are all bytes
    /// @param named    name that the user gives; empty to detect
    /// @throws ApiException INVALID_FIELD if nothing has that name
    static TextEncoding of(byte[] first, boolean complete, String named) {
        Optional<TextEncoding> marked = MARKS.stream()
                .filter(mark -> Compression.startsWith(first, mark.bytes()))
                .map(mark -> new TextEncoding(mark.encoding(), mark.bytes().length))
                .findFirst();
        if (!named.isEmpty()) {
            String name = charset(named).name().toLowerCase(Locale.ROOT);
            return marked.filter(encoding -> encoding.name.startsWith(name)).orElse(new TextEncoding(name, 0));
        }
        return marked.orElseGet(() -> new TextEncoding(unmarked(first, complete), 0));
    }

    private static String unmarked(byte[] first, boolean complete) {
        if (first.length > 3 && (first[0] == 0) != (first[1] == 0) && (first[2] == 0) != (first[3] == 0)) {
            return first[0] == 0 ? "utf-16be" : "utf-16le";
        }
        int malformed = Utf8.malformed(first, 0, first.length);
        // The last character of the part may be cut.
        return malformed < 0 || !complete && malformed > first.length - 4 ? UTF_8 : "windows-1252";
    }

    private static Charset charset(String name) {
        try {
            return Charset.forName(name);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw ApiException.invalidField(
                    "encoding", "no encoding has this name, expected a name such as utf-8, utf-16le or windows-1252");
        }
    }

    boolean isUtf8() {
        return name.equals(UTF_8);
    }

    /// Converts a file without its byte order mark to UTF-8.
    InputStream utf8(InputStream file) {
        return isUtf8() ? file : new Utf8Stream(file, Charset.forName(name));
    }

    /// Converts the first bytes of a file to UTF-8.
    byte[] utf8(byte[] first) {
        return isUtf8()
                ? java.util.Arrays.copyOfRange(first, mark, first.length)
                : new String(first, mark, first.length - mark, Charset.forName(name)).getBytes(StandardCharsets.UTF_8);
    }

    /// Refuses bytes that are malformed in the file's encoding.
    ///
    /// @param start offset of the first byte in the converted file
    void check(byte[] bytes, int from, int to, long start) throws RowFault {
        int malformed = Utf8.malformed(bytes, from, to);
        if (malformed >= 0) {
            throw new RowFault(
                    isUtf8()
                            ? "the file is not UTF-8 at byte offset " + (mark + start + malformed - from)
                                    + ": --encoding names another encoding"
                            : "the row has bytes that are not " + name + ": --encoding names another encoding");
        }
    }
}
