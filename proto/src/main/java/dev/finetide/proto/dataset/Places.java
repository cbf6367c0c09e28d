package dev.finetide.proto.dataset;

import dev.finetide.proto.dataset.v1.RowPlace;
import java.util.Set;

/// Writes the places of rows for people, in one way for all programs.
public final class Places {
    /// Files of CreateDatasetVersion, which are named by their parts.
    private static final Set<String> PARTS = Set.of("train", "test");

    private Places() {}

    /// Returns `train.jsonl line 12`, `part-0.parquet record 7`, or `line 3 of the train file` of a streaming upload;
    /// empty if the place is not known.
    public static String words(RowPlace place) {
        if (place.getRecord() > 0) {
            return place.getFile() + " record " + place.getRecord();
        }
        if (place.getLine() == 0) {
            return place.getFile();
        }
        return PARTS.contains(place.getFile())
                ? "line " + place.getLine() + " of the " + place.getFile() + " file"
                : place.getFile() + " line " + place.getLine();
    }

    /// Returns `train.jsonl:12`, or `part-0.parquet record 7` in a file without lines, as the field of an error.
    public static String field(RowPlace place) {
        return place.getRecord() > 0
                ? place.getFile() + " record " + place.getRecord()
                : place.getFile() + ":" + place.getLine();
    }
}
