package dev.finetide.dataset.ingest;

import dev.finetide.dataset.record.Cut;
import dev.finetide.dataset.record.CutFault;
import dev.finetide.dataset.record.CutRecord;
import dev.finetide.dataset.record.Records;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.shape.ReadRow;
import dev.finetide.dataset.shape.RowReading;
import dev.finetide.dataset.shard.HashedRow;
import dev.finetide.dataset.shard.VersionWriter;
import dev.finetide.dataset.tokens.RowLengths;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadFile;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/// Reads the rows of files into a version's writer. This thread cuts records out of the files and writes rows;
/// parsing, checking and hashing are done by other threads, a batch each. Rows keep their order. Memory is bounded: a
/// few batches of at most 1 MiB, or of one row.
final class RowImport {
    private static final int BATCH_RECORDS = 256;
    private static final int BATCH_BYTES = 1 << 20;
    private static final int BATCHES = 6;

    private final ReadOptions options;
    private final SplitRules splits;
    private final Optional<RowLengths> lengths;
    private final boolean leaveOutLong;
    private final VersionWriter writer;
    private final InvalidRows invalid;
    private final ImportCounter counter;
    private final ExecutorService parsers;
    private final Path scratch;
    private long rowsRead;
    private long rowsTooLong;
    private long rowsAccepted;
    private RowFormat format = RowFormat.ROW_FORMAT_UNSPECIFIED;

    /// @param lengths measures rows, if their length is limited
    /// @param leaveOutLong whether rows that are too long are left out; else they are invalid
    /// @param parsers threads that parse
    RowImport(
            ReadOptions options,
            SplitRules splits,
            Optional<RowLengths> lengths,
            boolean leaveOutLong,
            VersionWriter writer,
            InvalidRows invalid,
            ImportCounter counter,
            ExecutorService parsers,
            Path scratch) {
        this.options = options;
        this.splits = splits;
        this.lengths = lengths;
        this.leaveOutLong = leaveOutLong;
        this.writer = writer;
        this.invalid = invalid;
        this.counter = counter;
        this.parsers = parsers;
        this.scratch = scratch;
    }

    long rowsRead() {
        return rowsRead;
    }

    long rowsAccepted() {
        return rowsAccepted;
    }

    long rowsTooLong() {
        return rowsTooLong;
    }

    /// Result of reading one record.
    private sealed interface Outcome {}

    /// @param split split that a column names, if one does
    private record Accepted(RowPlace place, HashedRow row, Optional<String> split) implements Outcome {}

    private record TooLong() implements Outcome {}

    private record Refused(RowPlace place, RowFault fault, Optional<String> raw) implements Outcome {}

    /// Reads a file to its end.
    ///
    /// @return what the file was found to be
    ReadFile read(ImportedFile file) throws IOException {
        RowReading reading = new RowReading(options, splits);
        Deque<Future<List<Outcome>>> pending = new ArrayDeque<>();
        long before = rowsRead;
        try (Records records = Records.open(new CountedFile(file.file(), counter), options, scratch)) {
            String path = records.description().getPath();
            for (List<Cut> batch = cut(records); !batch.isEmpty(); batch = cut(records)) {
                if (reading.shape().isEmpty()) {
                    // The first record decides the shape, before other threads read.
                    write(outcomes(batch, path, reading), file.split());
                    continue;
                }
                List<Cut> cuts = batch;
                pending.add(parsers.submit(() -> outcomes(cuts, path, reading)));
                if (pending.size() == BATCHES) {
                    write(await(pending.poll()), file.split());
                }
            }
            while (!pending.isEmpty()) {
                write(await(pending.poll()), file.split());
            }
            checkColumns(reading, path, rowsRead - before);
            return records.description().toBuilder()
                    .setSplit(splits.getColumn().isEmpty() ? file.split() : "")
                    .setShape(reading.shape())
                    .setSha256(file.file().sha256())
                    .setRecords(rowsRead - before)
                    .build();
        } finally {
            pending.forEach(batch -> batch.cancel(true));
        }
    }

    /// @throws ApiException INVALID_FIELD if no record of the file has a column that the request names
    private static void checkColumns(RowReading reading, String path, long records) {
        List<String> missing = reading.missingColumns();
        if (records > 0 && !missing.isEmpty()) {
            throw ApiException.invalidField(
                    path,
                    "no record has the column " + String.join(", ", missing)
                            + ", which a tag, the split or the group is to be");
        }
    }

    private static List<Cut> cut(Records records) throws IOException {
        List<Cut> batch = new ArrayList<>();
        for (int bytes = 0; batch.size() < BATCH_RECORDS && bytes < BATCH_BYTES; ) {
            Optional<Cut> next = records.next();
            if (next.isEmpty()) {
                break;
            }
            batch.add(next.get());
            bytes += next.get() instanceof CutRecord record ? record.body().sizeBytes() : 0;
        }
        return batch;
    }

    private static List<Outcome> await(Future<List<Outcome>> batch) throws IOException {
        try {
            return batch.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                default -> throw new IOException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the import was interrupted", e);
        }
    }

    private List<Outcome> outcomes(List<Cut> batch, String path, RowReading reading) {
        List<Outcome> outcomes = new ArrayList<>(batch.size());
        for (Cut cut : batch) {
            RowPlace place = RowPlace.newBuilder()
                    .setFile(path)
                    .setLine(cut.line())
                    .setRecord(cut.record())
                    .build();
            outcomes.add(
                    switch (cut) {
                        case CutFault fault -> new Refused(place, fault.fault(), fault.raw());
                        case CutRecord record -> outcome(place, record, reading);
                    });
        }
        return outcomes;
    }

    private Outcome outcome(RowPlace place, CutRecord record, RowReading reading) {
        try {
            ReadRow row = reading.read(record.body().json());
            if (lengths.isPresent()) {
                int tokens = lengths.get().tokens(row.row().json());
                if (tokens > lengths.get().limit()) {
                    if (leaveOutLong) {
                        return new TooLong();
                    }
                    throw new RowFault("the row has " + tokens + " tokens, at most "
                            + lengths.get().limit() + " are accepted");
                }
            }
            Optional<String> split = row.split().isPresent()
                    ? Optional.of(SplitNames.ofColumn(row.split().get()))
                    : Optional.empty();
            return new Accepted(place, HashedRow.of(row.row(), row.tags(), row.group()), split);
        } catch (RowFault fault) {
            return new Refused(place, fault, Optional.of(record.body().raw()));
        }
    }

    private void write(List<Outcome> outcomes, String split) throws IOException {
        for (Outcome outcome : outcomes) {
            rowsRead++;
            switch (outcome) {
                case Refused(RowPlace place, RowFault fault, Optional<String> raw) -> invalid.add(place, fault, raw);
                case TooLong() -> rowsTooLong++;
                case Accepted accepted -> write(accepted, split);
            }
        }
        counter.rows(outcomes.size());
    }

    private void write(Accepted accepted, String split) throws IOException {
        RowFormat own = accepted.row().row().format();
        if (format == RowFormat.ROW_FORMAT_UNSPECIFIED) {
            format = own;
        }
        if (own != format) {
            invalid.add(
                    accepted.place(),
                    new RowFault("the row is " + own + ", but the rows before it are " + format),
                    Optional.empty());
            return;
        }
        rowsAccepted++;
        // The remaining rows of a refused upload are only checked, to name their faults, too.
        if (!invalid.isRefused()) {
            writer.add(accepted.split().orElse(split), accepted.place(), accepted.row());
        }
    }
}
