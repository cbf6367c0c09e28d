package dev.finetide.dataset.diff;

import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.Sha256;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.shard.Scratch;
import dev.finetide.dataset.shard.SplitName;
import dev.finetide.dataset.shard.StoredRow;
import dev.finetide.dataset.shard.StoredRows;
import dev.finetide.kit.rpc.Caller;
import dev.finetide.proto.dataset.v1.DatasetDiff;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowChange;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.proto.dataset.v1.SplitDiff;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.SortedSet;
import java.util.TreeSet;

/// Compares two versions by their inputs. Hashes of all rows are sorted outside of memory and merged. Of
/// rows with one input, those that are equal in all stay; the others are paired as changed rows in their
/// order, and the rest was added or removed. Examples are those that come first in their versions. Not
/// thread-safe.
public final class VersionDiff {
    private static final int USUAL_EXAMPLES = 3;

    private final BlobStore blobs;
    private final DatasetVersion older;
    private final DatasetVersion newer;
    private final Examples added;
    private final Examples removed;
    private final Examples changed;
    private final DatasetDiff.Builder diff = DatasetDiff.newBuilder();

    /// Numbers of a changed row in both versions; one is absent for an added or removed row.
    private record Pair(OptionalLong old, OptionalLong now) {
        long first() {
            return now.orElseGet(old::getAsLong);
        }
    }

    private VersionDiff(BlobStore blobs, DatasetVersion older, DatasetVersion newer, int examples) {
        this.blobs = blobs;
        this.older = older;
        this.newer = newer;
        int most = examples == 0 ? USUAL_EXAMPLES : examples;
        this.added = new Examples(most);
        this.removed = new Examples(most);
        this.changed = new Examples(most);
    }

    /// Compares two versions.
    ///
    /// @param examples number of examples of each kind; 0 for the usual number
    /// @throws dev.finetide.kit.error.ApiException ILLEGAL_STATE for a deleted version
    public static DatasetDiff of(BlobStore blobs, DatasetVersion older, DatasetVersion newer, int examples)
            throws IOException {
        RowSource.requireRows(older);
        RowSource.requireRows(newer);
        return new VersionDiff(blobs, older, newer, examples).compare();
    }

    private DatasetDiff compare() throws IOException {
        try (Scratch scratch = Scratch.create();
                SortedRecords old = new SortedRecords(4, scratch.directory());
                SortedRecords now = new SortedRecords(4, scratch.directory())) {
            hash(older, old);
            hash(newer, now);
            try (SortedRecords.Cursor oldRows = old.sorted();
                    SortedRecords.Cursor newRows = now.sorted()) {
                merge(oldRows, newRows);
            }
        }
        diff.setOld(older.getName()).setNew(newer.getName());
        splits().forEach(diff::addSplits);
        addExamples();
        return diff.build();
    }

    /// Adds a record of each row: two parts of the hash of its input, the hash of all of it, its number
    /// in the version.
    private void hash(DatasetVersion version, SortedRecords records) throws IOException {
        MessageDigest sha256 = Sha256.newDigest();
        long number = 0;
        for (String split : RowSource.splits(version)) {
            byte[] name = split.getBytes(StandardCharsets.UTF_8);
            try (StoredRows rows = StoredRows.open(blobs, version, split)) {
                for (Optional<StoredRow> next = rows.next(); next.isPresent(); next = rows.next()) {
                    StoredRow row = next.get();
                    CanonicalRow canonical = CanonicalRow.parse(row.json());
                    // A text asks nothing, so that it is its own input.
                    byte[] input = canonical.format() == RowFormat.TEXT ? row.json() : canonical.input();
                    ByteBuffer asked = ByteBuffer.wrap(sha256.digest(input));
                    sha256.update(name);
                    sha256.update(row.tags().toString().getBytes(StandardCharsets.UTF_8));
                    ByteBuffer all = ByteBuffer.wrap(sha256.digest(row.json()));
                    records.add(asked.getLong(), asked.getLong(), all.getLong(), number++);
                }
            }
        }
    }

    private void merge(SortedRecords.Cursor old, SortedRecords.Cursor now) throws IOException {
        boolean hasOld = old.next();
        boolean hasNew = now.next();
        while (hasOld || hasNew) {
            Caller.requirePresent();
            int order = !hasOld ? 1 : !hasNew ? -1 : compareInputs(old, now);
            Group group = new Group();
            long high = order <= 0 ? old.get(0) : now.get(0);
            long low = order <= 0 ? old.get(1) : now.get(1);
            while (true) {
                boolean isOld = hasOld && old.get(0) == high && old.get(1) == low;
                boolean isNew = hasNew && now.get(0) == high && now.get(1) == low;
                if (!isOld && !isNew) {
                    break;
                }
                int rows = !isOld ? 1 : !isNew ? -1 : Long.compare(old.get(2), now.get(2));
                if (rows == 0) {
                    diff.setUnchanged(diff.getUnchanged() + 1);
                } else if (rows < 0) {
                    group.removed.add(old.get(3));
                } else {
                    group.added.add(now.get(3));
                }
                hasOld = rows <= 0 ? old.next() : hasOld;
                hasNew = rows >= 0 ? now.next() : hasNew;
            }
            group.count();
        }
    }

    private static int compareInputs(SortedRecords.Cursor a, SortedRecords.Cursor b) {
        int high = Long.compare(a.get(0), b.get(0));
        return high != 0 ? high : Long.compare(a.get(1), b.get(1));
    }

    /// The rows with one input that are not equal in both versions. Only the first few of each kind are
    /// kept.
    private final class Group {
        private final Firsts removed = new Firsts();
        private final Firsts added = new Firsts();

        void count() {
            long both = Math.min(removed.count, added.count);
            diff.setChanged(diff.getChanged() + both)
                    .setRemoved(diff.getRemoved() + removed.count - both)
                    .setAdded(diff.getAdded() + added.count - both);
            List<Long> old = removed.sorted();
            List<Long> now = added.sorted();
            for (int i = 0; i < Math.max(old.size(), now.size()); i++) {
                Pair pair = new Pair(
                        i < old.size() ? OptionalLong.of(old.get(i)) : OptionalLong.empty(),
                        i < now.size() ? OptionalLong.of(now.get(i)) : OptionalLong.empty());
                if (pair.old().isEmpty()) {
                    if (i >= both) {
                        VersionDiff.this.added.add(pair);
                    }
                } else if (pair.now().isEmpty()) {
                    if (i >= both) {
                        VersionDiff.this.removed.add(pair);
                    }
                } else {
                    changed.add(pair);
                }
            }
        }
    }

    /// The smallest of very many numbers.
    private static final class Firsts {
        private static final int MOST = 300;

        private final PriorityQueue<Long> largestFirst = new PriorityQueue<>(Comparator.reverseOrder());
        private long count;

        void add(long number) {
            count++;
            largestFirst.add(number);
            if (largestFirst.size() > MOST) {
                largestFirst.poll();
            }
        }

        List<Long> sorted() {
            return largestFirst.stream().sorted().toList();
        }
    }

    /// The examples of a kind of change that come first.
    private static final class Examples {
        private final PriorityQueue<Pair> lastFirst =
                new PriorityQueue<>(Comparator.comparingLong(Pair::first).reversed());
        private final int most;

        Examples(int most) {
            this.most = most;
        }

        void add(Pair pair) {
            lastFirst.add(pair);
            if (lastFirst.size() > most) {
                lastFirst.poll();
            }
        }

        List<Pair> inOrder() {
            return lastFirst.stream()
                    .sorted(Comparator.comparingLong(Pair::first))
                    .toList();
        }
    }

    private List<SplitDiff> splits() {
        SortedSet<String> names = new TreeSet<>(SplitName.ORDER);
        names.addAll(RowSource.splits(older));
        names.addAll(RowSource.splits(newer));
        return names.stream()
                .map(name -> SplitDiff.newBuilder()
                        .setSplit(name)
                        .setOldRows(rows(older, name))
                        .setNewRows(rows(newer, name))
                        .build())
                .toList();
    }

    private static long rows(DatasetVersion version, String split) {
        if (version.getSplitsCount() == 0) {
            return split.equals(SplitName.TRAIN.word())
                    ? version.getTrainRows()
                    : split.equals(SplitName.TEST.word()) ? version.getTestRows() : 0;
        }
        return version.getSplitsList().stream()
                .filter(one -> one.getName().equals(split))
                .mapToLong(Split::getRows)
                .sum();
    }

    private void addExamples() throws IOException {
        List<Pair> pairs = new ArrayList<>(added.inOrder());
        pairs.addAll(removed.inOrder());
        pairs.addAll(changed.inOrder());
        Map<Long, Row> old = read(older, pairs.stream().map(Pair::old).toList());
        Map<Long, Row> now = read(newer, pairs.stream().map(Pair::now).toList());
        for (Pair pair : pairs) {
            RowChange.Builder change = RowChange.newBuilder();
            pair.old().ifPresent(number -> change.setOld(old.get(number)));
            pair.now().ifPresent(number -> change.setNew(now.get(number)));
            diff.addExamples(change);
        }
    }

    /// Reads rows by their numbers in the version, in one pass.
    private Map<Long, Row> read(DatasetVersion version, List<OptionalLong> numbers) throws IOException {
        TreeSet<Long> wanted = new TreeSet<>();
        numbers.forEach(number -> number.ifPresent(wanted::add));
        Map<Long, Row> found = new HashMap<>();
        long number = 0;
        for (String split : RowSource.splits(version)) {
            long end = number + rows(version, split);
            try (StoredRows rows = StoredRows.open(blobs, version, split)) {
                while (!wanted.isEmpty() && wanted.first() < end) {
                    rows.skip(wanted.first() - number);
                    number = wanted.pollFirst();
                    found.put(
                            number,
                            RowSource.shown(rows.next().orElseThrow(() -> new IOException("a split has too few rows")))
                                    .build());
                    number++;
                }
            }
            number = end;
        }
        return found;
    }
}
