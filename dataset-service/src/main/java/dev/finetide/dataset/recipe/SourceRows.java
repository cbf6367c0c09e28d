package dev.finetide.dataset.recipe;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.dataset.shard.SplitName;
import dev.finetide.dataset.shard.StoredRow;
import dev.finetide.dataset.shard.StoredRows;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RecipeSource;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// Gives the rows of the versions of a recipe, split by split: train, validation, test, others by name.
/// With weights, only a random choice of the train rows of every version. Not thread-safe.
final class SourceRows implements StepChain.Source {
    /// A version and how many of its train rows are taken.
    private record Taken(DatasetVersion version, long trainRows) {
        boolean isAll() {
            return trainRows == version.getTrainRows();
        }
    }

    private final BlobStore blobs;
    private final Path scratch;
    private final SeededOrder order;
    private final List<Taken> taken = new ArrayList<>();
    private final SortedSet<String> splits = new TreeSet<>(SplitName.ORDER);

    /// @param versions the resolved versions of the sources
    /// @throws ApiException INVALID_FIELD for weights that only some sources have
    SourceRows(BlobStore blobs, List<RecipeSource> sources, List<DatasetVersion> versions, long seed, Path scratch) {
        this.blobs = blobs;
        this.scratch = scratch;
        this.order = new SeededOrder(seed);
        boolean mixed = sources.stream().anyMatch(source -> source.getWeight() > 0);
        long[] sizes = mixed
                ? MixSizes.of(
                        versions.stream().map(DatasetVersion::getTrainRows).toList(), weights(sources))
                : versions.stream().mapToLong(DatasetVersion::getTrainRows).toArray();
        for (int i = 0; i < sizes.length; i++) {
            taken.add(new Taken(versions.get(i), sizes[i]));
            splits.addAll(RowSource.splits(versions.get(i)));
        }
    }

    private static List<Double> weights(List<RecipeSource> sources) {
        for (int i = 0; i < sources.size(); i++) {
            if (sources.get(i).getWeight() <= 0) {
                throw ApiException.invalidField(
                        "recipe.sources[" + i + "].weight", "is required: other sources have weights");
            }
        }
        return sources.stream().map(RecipeSource::getWeight).toList();
    }

    @Override
    public void each(StepChain.Sink sink) throws IOException {
        for (String split : splits) {
            for (Taken one : taken) {
                if (split.equals(SplitName.TRAIN.word()) && !one.isAll()) {
                    try (Ordinals choice = choice(one)) {
                        send(one, split, Optional.of(choice), sink);
                    }
                } else {
                    send(one, split, Optional.empty(), sink);
                }
            }
        }
    }

    private void send(Taken one, String split, Optional<Ordinals> choice, StepChain.Sink sink) throws IOException {
        try (StoredRows rows = StoredRows.open(blobs, one.version(), split)) {
            for (Optional<StoredRow> row = rows.next(); row.isPresent(); row = rows.next()) {
                if (choice.isEmpty() || choice.get().contains(row.get().number())) {
                    sink.add(RecipeRow.of(one.version().getName(), row.get()));
                }
            }
        }
    }

    /// Returns the numbers of the train rows that come first in the random order.
    private Ordinals choice(Taken one) throws IOException {
        Ordinals numbers = new Ordinals(scratch);
        try (SortedRecords places = new SortedRecords(2, scratch)) {
            send(one, SplitName.TRAIN.word(), Optional.empty(), row -> places.add(order.place(row), row.number()));
            try (SortedRecords.Cursor cursor = places.sorted()) {
                for (long i = 0; i < one.trainRows() && cursor.next(); i++) {
                    numbers.add(cursor.get(1));
                }
            }
        }
        return numbers;
    }
}
