package dev.finetide.sft.text;

import java.util.Optional;

/// The place of a row in the upload that it came from.
///
/// @param file uploaded file: `train` or `test`
/// @param line 1-based line on which the row starts
public record RowSource(String file, long line) {
    public RowSource {
        if (file.isEmpty() || line < 1) {
            throw new IllegalArgumentException("expected a file and a line of 1 or more, got line " + line);
        }
    }

    /// Names a row for a person: by its line in the upload, or by its place in the split if the shard does not tell the
    /// line.
    ///
    /// @param split `train`, `validation` or `test`
    /// @param index place of the row in its split, counted from 0
    public static String place(Optional<RowSource> source, String split, int index) {
        return source.map(RowSource::toString)
                .orElse("row " + index + " of the " + split
                        + " split, counted from 0 (its line in the upload is not known)");
    }

    /// Returns `line 11 of the train file`.
    @Override
    public String toString() {
        return "line " + line + " of the " + file + " file";
    }
}
