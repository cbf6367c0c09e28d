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

    /// Returns `train.jsonl line 12`, or `part-0.parquet record 7`. The files of a streaming upload have no names:
    /// `line 12 of the train file`.
    public static String words(RowPlace place) {
        String file = place.getFile();
        if (place.getRecord() > 0) {
            return file + " record " + place.getRecord();
        }
        boolean streamed = file.equals("train") || file.equals("test");
        return streamed ? "line " + place.getLine() + " of the " + file + " file" : file + " line " + place.getLine();
    }
}
