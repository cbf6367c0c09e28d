package dev.finetide.dataset.record;

import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Encoding of a text file. Its records are read as UTF-8, into which other encodings are converted.
///
/// @param name name of the encoding in lower case, such as "utf-8"
/// @param mark number of bytes of the byte order mark at the beginning of the file
record TextEncoding(String name, int mark) {
    private static final String UTF_8 = "utf-8";
    private static final String WESTERN = "windows-1252";
    /// Bytes that windows-1252 does not have.
    private static final String UNUSED_WESTERN = "\u0081\u008d\u008f\u0090\u009d";

    /// Encodings by their byte order marks, longer marks first.
    private static final List<Mark> MARKS = List.of(
            new Mark(UTF_8, Compression.bytes(0xEF, 0xBB, 0xBF)),
            new Mark("utf-32le", Compression.bytes(0xFF, 0xFE, 0, 0)),
            new Mark("utf-32be", Compression.bytes(0, 0, 0xFE, 0xFF)),
            new Mark("utf-16le", Compression.bytes(0xFF, 0xFE)),
            new Mark("utf-16be", Compression.bytes(0xFE, 0xFF)));

    private record Mark(String encoding, byte[] bytes) {}

    /// Finds the encoding of a text: by its byte order mark, else UTF-8, unless the text looks like windows-1252. JSON
    /// is
    /// UTF-8 (RFC 8259), whatever it looks like.
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
        return isWestern(first, complete) ? WESTERN : UTF_8;
    }

    /// Tells whether a text is windows-1252 and not UTF-8 with a few wrong bytes, nor of another alphabet: most of its
    /// bytes beyond ASCII are no UTF-8 and stand alone between ASCII letters.
    private static boolean isWestern(byte[] text, boolean complete) {
        int malformed = 0;
        int wellFormed = 0;
        int together = 0;
        for (int i = 0; i < text.length; i++) {
            if (text[i] >= 0) {
                continue;
            }
            int length = Utf8.lengthAt(text, i, text.length);
            if (length > 0) {
                wellFormed++;
                i += length - 1;
            } else if (complete || i < text.length - 4) {
                malformed++;
                together += i > 0 && text[i - 1] < 0 ? 1 : 0;
                if (UNUSED_WESTERN.indexOf(text[i] & 0xFF) >= 0) {
                    return false;
                }
            }
        }
        return malformed > 10 * wellFormed && together <= malformed / 3;
    }

    private static Charset charset(String name) {
        try {
            return Charset.forName(name);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw ApiException.invalidField(
                    "encoding", "no encoding has this name, expected a name such as utf-8, utf-16le or windows-1252");
        }
    }

    /// Tells whether the encoding was guessed from letters.
    boolean isGuessed() {
        return name.equals(WESTERN);
    }

    /// Returns the encoding of JSON without a byte order mark.
    static TextEncoding ofJson() {
        return new TextEncoding(UTF_8, 0);
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
                ? Arrays.copyOfRange(first, mark, first.length)
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
