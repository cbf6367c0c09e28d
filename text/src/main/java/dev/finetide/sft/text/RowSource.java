package dev.finetide.sft.text;

import java.util.Optional;
import java.util.Set;

/// The place of a row in the upload that it came from: a line, or a record in a file without lines.
///
/// @param file path of the uploaded file; `train` or `test` for an upload without file names
/// @param line 1-based line on which the row starts; 0 in a file without lines
/// @param record 1-based number of the record in a file without lines; else 0
public record RowSource(String file, long line, long record) {
    private static final Set<String> SPLITS = Set.of("train", "validation", "test");

    public RowSource {
        boolean isOne = line >= 1 && record == 0 || line == 0 && record >= 1;
        if (file.isEmpty() || !isOne) {
            throw new IllegalArgumentException(
                    "expected a file and a line or a record of 1 or more, got line " + line + " and record " + record);
        }
    }

    public RowSource(String file, long line) {
        this(file, line, 0);
    }

    /// Names a row for a person: by its place in the upload, or by its place in the split if the shard does not tell
    /// that.
    ///
    /// @param split `train`, `validation`, `test` or another split's name
    /// @param index place of the row in its split, counted from 0
    public static String place(Optional<RowSource> source, String split, int index) {
        return source.map(RowSource::toString)
                .orElse("row " + index + " of the " + split
                        + " split, counted from 0 (its line in the upload is not known)");
    }

    /// Returns `line 11 of the train file`, `data/a.jsonl line 11`, or `data/a.parquet record 7`.
    @Override
    public String toString() {
        if (line > 0 && SPLITS.contains(file)) {
            return "line " + line + " of the " + file + " file";
        }
        return file + (line > 0 ? " line " + line : " record " + record);
    }
}
