package dev.finetide.cli.output;

import dev.finetide.proto.dataset.Places;
import dev.finetide.proto.dataset.v1.RowPlace;
import java.util.List;
import java.util.Set;

/// Names the places of rows in the files that they came from.
public final class PlaceText {
    /// Files of CreateDatasetVersion, which are named by their parts.
    private static final Set<String> PARTS = Set.of("train", "test");

    private PlaceText() {}

    /// Returns places one after the other: "train.jsonl line 12, 13, 14, test.jsonl line 3".
    public static String of(List<RowPlace> places) {
        StringBuilder text = new StringBuilder();
        RowPlace before = RowPlace.getDefaultInstance();
        for (RowPlace place : places) {
            boolean sameFile = place.getFile().equals(before.getFile())
                    && !PARTS.contains(place.getFile())
                    && (place.getLine() > 0) == (before.getLine() > 0);
            text.append(text.isEmpty() ? "" : ", ")
                    .append(sameFile ? Long.toString(Math.max(place.getLine(), place.getRecord())) : of(place));
            before = place;
        }
        return text.toString();
    }

    /// Returns "train.jsonl line 12", "part-0.parquet record 7" or "line 3 of the train file"; empty for no place.
    public static String of(RowPlace place) {
        boolean known = place.getLine() > 0 || place.getRecord() > 0;
        return known ? Printable.line(Places.words(place)) : "";
    }
}
