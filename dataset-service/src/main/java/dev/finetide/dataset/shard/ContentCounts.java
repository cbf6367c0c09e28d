package dev.finetide.dataset.shard;

import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowContentCount;
import dev.finetide.proto.dataset.v1.RowPlace;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Counts what the rows of an upload have in addition to questions and answers. Not thread-safe.
public final class ContentCounts {
    private final Map<RowContent, RowContentCount.Builder> counts = new EnumMap<>(RowContent.class);

    public void add(Set<RowContent> contents, RowPlace place) {
        for (RowContent content : contents) {
            RowContentCount.Builder count = counts.computeIfAbsent(
                    content,
                    first -> RowContentCount.newBuilder().setContent(first).setFirst(place));
            count.setRows(count.getRows() + 1);
        }
    }

    /// Returns the counts of the contents that occur, in the order of the enum.
    public List<RowContentCount> all() {
        return counts.values().stream().map(RowContentCount.Builder::build).toList();
    }
}
