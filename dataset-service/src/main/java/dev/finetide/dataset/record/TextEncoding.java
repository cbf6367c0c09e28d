package dev.finetide.dataset.record;

import dev.finetide.dataset.row.RowFault;

/// Encoding of a text file. Its records are read as UTF-8, into which other encodings are converted.
///
/// @param name name of the encoding, such as "utf-8"
record TextEncoding(String name) {
    /// Refuses bytes that are malformed in the file's encoding.
    ///
    /// @param start offset of the first byte in the file
    void check(byte[] bytes, int from, int to, long start) throws RowFault {
        int malformed = Utf8.malformed(bytes, from, to);
        if (malformed >= 0) {
            throw new RowFault(
                    name.equals("utf-8")
                            ? "the file is not UTF-8 at byte offset " + (start + malformed - from)
                                    + ": --encoding names another encoding"
                            : "the line has bytes that are not " + name + ": --encoding names another encoding");
        }
    }
}
