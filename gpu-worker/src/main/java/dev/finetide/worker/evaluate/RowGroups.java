package dev.finetide.worker.evaluate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Groups prompted rows into the parts that are asked, and reported, at once: enough to fill batches,
/// and few enough to show progress. Rows are sorted by length, the longest first, so that rows of a
/// group have about one length and a shortage of memory shows early.
final class RowGroups {
    private static final int MOST_ROWS = 64;
    private static final int MOST_TOKENS = 32_768;

    private RowGroups() {}

    /// @param maxNewTokens tokens that each answer may have
    static List<List<PromptedRow>> of(List<PromptedRow> rows, int maxNewTokens) {
        List<PromptedRow> sorted = rows.stream()
                .sorted(Comparator.comparingInt((PromptedRow row) -> -row.promptTokens())
                        .thenComparingInt(PromptedRow::index))
                .toList();
        List<List<PromptedRow>> groups = new ArrayList<>();
        List<PromptedRow> group = new ArrayList<>();
        long tokens = 0;
        for (PromptedRow row : sorted) {
            long more = (long) row.promptTokens() + maxNewTokens;
            if (!group.isEmpty() && (group.size() == MOST_ROWS || tokens + more > MOST_TOKENS)) {
                groups.add(List.copyOf(group));
                group.clear();
                tokens = 0;
            }
            group.add(row);
            tokens += more;
        }
        if (!group.isEmpty()) {
            groups.add(List.copyOf(group));
        }
        return groups;
    }
}
