package dev.finetide.sft.text;

import java.util.Map;
import java.util.Optional;

/// A row of a dataset's shard with its place in the upload and its tags.
///
/// @param source empty for a row of a shard that was written before places were kept
/// @param tags values of the columns that the upload kept as tags, by name; no part of what is learnt
public record SourcedRow(TextRow row, Optional<RowSource> source, Map<String, String> tags) {
    public SourcedRow {
        tags = Map.copyOf(tags);
    }

    public SourcedRow(TextRow row, Optional<RowSource> source) {
        this(row, source, Map.of());
    }

    /// Reads a line of a shard: a row as [TextRow#parse] reads it, with the members `"source":
    /// {"file": "train", "line": 11}` or `{"file": "a.parquet", "record": 7}`, and `"tags":
    /// {"region": "north"}`.
    ///
    /// @throws RowRefused when the line is anything else
    public static SourcedRow parse(String json) {
        return RowJson.parseSourced(json);
    }

    /// Returns the place of a line of a shard, also if the line's row is refused; empty if the line
    /// does not tell it.
    public static Optional<RowSource> source(String json) {
        try {
            return RowJson.source(json);
        } catch (RowRefused unreadable) {
            return Optional.empty();
        }
    }

    /// Names the row for a person, as [RowSource#place] does.
    public String place(String split, int index) {
        return RowSource.place(source, split, index);
    }
}
