package dev.finetide.dataset.shard;

import dev.finetide.proto.dataset.v1.RowPlace;

/// Writes the places of rows for people.
public final class Places {
    private Places() {}

    /// Returns `train.jsonl:12`, or `part-0.parquet record 12` in a file without lines.
    public static String field(RowPlace place) {
        return place.getRecord() > 0
                ? place.getFile() + " record " + place.getRecord()
                : place.getFile() + ":" + place.getLine();
    }

    /// Returns `line 12 of train.jsonl`, or `record 12 of part-0.parquet`. The files of a streaming upload have no
    /// names:
    /// `line 12 of the train file`.
    public static String words(RowPlace place) {
        String file = place.getFile().equals("train") || place.getFile().equals("test")
                ? "the " + place.getFile() + " file"
                : place.getFile();
        return place.getRecord() > 0
                ? "record " + place.getRecord() + " of " + file
                : "line " + place.getLine() + " of " + file;
    }
}
