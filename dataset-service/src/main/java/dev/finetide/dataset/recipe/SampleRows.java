package dev.finetide.dataset.recipe;

import dev.finetide.proto.dataset.v1.SampleStep;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Keeps a random sample of every split. A fraction is decided row by row. A number of rows takes those
/// that come first in the random order.
final class SampleRows implements RowStep {
    private final SampleStep step;
    private final SeededOrder order;
    private final SortedRecords places;
    private final Ordinals kept;
    private final Map<String, Integer> splits = new HashMap<>();

    SampleRows(SampleStep step, long seed, Path scratch) {
        this.step = step;
        this.order = new SeededOrder(seed);
        this.places = new SortedRecords(3, scratch);
        this.kept = new Ordinals(scratch);
    }

    @Override
    public boolean looksFirst() {
        return step.hasRows();
    }

    @Override
    public void look(RecipeRow row, long ordinal) throws IOException {
        places.add(splits.computeIfAbsent(row.split(), _ -> splits.size()), order.place(row), ordinal);
    }

    @Override
    public void looked() throws IOException {
        List<Long> taken = new ArrayList<>();
        splits.forEach((_, _) -> taken.add(0L));
        try (SortedRecords.Cursor cursor = places.sorted()) {
            while (cursor.next()) {
                int split = (int) cursor.get(0);
                if (taken.get(split) < step.getRows()) {
                    taken.set(split, taken.get(split) + 1);
                    kept.add(cursor.get(2));
                }
            }
        }
    }

    @Override
    public Optional<RecipeRow> apply(RecipeRow row, long ordinal) throws IOException {
        boolean keeps = step.hasRows() ? kept.contains(ordinal) : order.fraction(row) < step.getFraction();
        return keeps ? Optional.of(row) : Optional.empty();
    }

    @Override
    public void close() throws IOException {
        try (places;
                kept) {
            // Closing deletes only temporary files.
        }
    }
}
