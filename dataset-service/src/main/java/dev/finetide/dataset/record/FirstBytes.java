package dev.finetide.dataset.record;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Recognises files of formats that hold no rows, or that nothing here reads, by their first bytes.
final class FirstBytes {
    private static final List<Magic> FOREIGN = List.of(
            new Magic("a ZIP archive (XLSX files are such, too): unpack it", "PK\3\4"),
            new Magic("a ZIP archive without files", "PK\5\6"),
            new Magic("a bzip2 file: unpack it, or pack it with gzip or zstd", "BZh"),
            new Magic("an xz file: unpack it, or pack it with gzip or zstd", "\u00fd7zXZ"),
            new Magic("an LZ4 file: unpack it, or pack it with gzip or zstd", "\4\"M\u0018"),
            new Magic("a 7z archive: unpack it", "7z\u00bc\u00af"),
            new Magic("a RAR archive: unpack it", "Rar!"),
            new Magic("a PDF document", "%PDF-"),
            new Magic("an ORC file", "ORC"),
            new Magic("an Avro file", "Obj\1"),
            new Magic("a Feather file of version 1: write it with version 2, which is Arrow IPC", "FEA1"),
            new Magic("an SQLite database", "SQLite format 3"),
            new Magic("an HDF5 file", "\u0089HDF"),
            new Magic("a NumPy file", "\u0093NUMPY"),
            new Magic("a pickle of Python", "\u0080\3"),
            new Magic("a pickle of Python", "\u0080\4"),
            new Magic("a pickle of Python", "\u0080\5"),
            new Magic("a picture", "\u0089PNG"),
            new Magic("a picture", "\u00ff\u00d8\u00ff"),
            new Magic(
                    "a pointer of Git LFS and not the file itself: git lfs pull fetches it",
                    "version https://git-lfs.github.com/"));

    private record Magic(String name, String bytes) {}

    private FirstBytes() {}

    /// Returns the name of a format that is not read; empty for a file that may be read.
    ///
    /// @param first first bytes of the file, after decompression
    static Optional<String> foreign(byte[] first) {
        String start = new String(first, 0, Math.min(512, first.length), StandardCharsets.ISO_8859_1);
        Optional<String> magic = FOREIGN.stream()
                .filter(format -> start.startsWith(format.bytes()))
                .map(Magic::name)
                .findFirst();
        if (magic.isPresent()) {
            return magic;
        }
        if (start.length() > 262 && start.startsWith("ustar", 257)) {
            return Optional.of("a tar archive: unpack it");
        }
        String text = start.strip().toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype html") || text.startsWith("<html")) {
            return Optional.of("an HTML page, as a web server sends it for an error or a sign-in");
        }
        return text.startsWith("<?xml") ? Optional.of("an XML document") : Optional.empty();
    }
}
