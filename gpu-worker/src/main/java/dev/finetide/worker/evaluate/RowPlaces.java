package dev.finetide.worker.evaluate;

import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.sft.text.RowSource;

/// Writes the places of rows for reports.
public final class RowPlaces {
    private RowPlaces() {}

    public static RowPlace of(RowSource source) {
        return RowPlace.newBuilder()
                .setFile(source.file())
                .setLine(source.line())
                .setRecord(source.record())
                .build();
    }
}
