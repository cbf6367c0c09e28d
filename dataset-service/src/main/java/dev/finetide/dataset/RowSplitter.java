package dev.finetide.dataset;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.Sha256;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.RowReader;
import dev.finetide.dataset.shard.RowHashes;
import dev.finetide.dataset.shard.Shards;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.modelfiles.row.RowFormFault;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.InvalidRow;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.UploadReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/// Splits the rows of one upload: writes each row to a split, or counts the row as invalid. Holds one row, one shard
/// of each split and a bounded number of hashes, however many rows there are. Not thread-safe.
final class RowSplitter implements AutoCloseable {
    private static final int NAMED_ROWS = 100;
    /// Limit of the named rows, in bytes. Error details are sent as base64 in HTTP/2 trailers, and gRPC clients
    /// accept 8 KiB of trailers by default.
    private static final int NAMED_BYTES = 5_000;

    private final UploadRequest request;
    private final Shards train;
    private final Shards held;
    private final Shards test;
    private final RowHashes trainRows = new RowHashes();
    private final RowHashes trainInputs = new RowHashes();
    private final RowHashes testRows = new RowHashes();
    private final RowHashes testInputs = new RowHashes();
    private final UploadReport.Builder report = UploadReport.newBuilder();
    private final ContentCounts contents = new ContentCounts();
    private final Runnable onShard;
    private final MessageDigest sha256 = Sha256.newDigest();
    private final CRC32 crc32 = new CRC32();
    private final CRC32C crc32c = new CRC32C();

    private RowFormat format = RowFormat.ROW_FORMAT_UNSPECIFIED;
    private boolean jsonAnswers = true;
    private boolean testFile;

    /// @param onShard runs after each stored shard
    RowSplitter(UploadRequest request, BlobStore blobs, String prefix, Runnable onShard) {
        this.request = request;
        this.onShard = onShard;
        this.train = new Shards(blobs, prefix + "train/");
        this.held = new Shards(blobs, prefix + "held/");
        this.test = new Shards(blobs, prefix + "test/");
    }

    /// Splits the train file. The SHA-256 of a row's input decides whether the row is held out, so that equal
    /// inputs are in the same split in this and in every other upload.
    void takeTrain(RowReader rows) throws IOException {
        for (Optional<RowReader.Outcome> next = rows.next(); next.isPresent(); next = rows.next()) {
            Optional<CanonicalRow> row = accept("train", next.get());
            if (row.isPresent()) {
                long input = sha256(row.get().input());
                trainInputs.add(input);
                trainRows.add(checksum(row.get().json()));
                double position = (input >>> 11) * 0x1p-53; // the hash's upper bits as a number in [0, 1)
                write(
                        position < request.testFraction() ? held : train,
                        row.get(),
                        "train",
                        next.get().line());
            }
        }
    }

    /// Takes the user's own test file. With one, no rows of the train file are held out.
    void takeTest(RowReader rows) throws IOException {
        testFile = true;
        for (Optional<RowReader.Outcome> next = rows.next(); next.isPresent(); next = rows.next()) {
            Optional<CanonicalRow> row = accept("test", next.get());
            if (row.isPresent()) {
                testInputs.add(sha256(row.get().input()));
                testRows.add(checksum(row.get().json()));
                write(test, row.get(), "test", next.get().line());
            }
        }
    }

    boolean hasTestFile() {
        return testFile;
    }

    /// Stores the last shards and returns the version without its name, digest and manifest.
    ///
    /// @throws ApiException INVALID_ROWS if more rows are invalid than allowed, INVALID_FIELD for an empty split
    DatasetVersion.Builder finish() throws IOException {
        if (isRefused()) {
            throw refusal();
        }
        long trainRowCount = train.rows() + (testFile ? held.rows() : 0);
        long testRowCount = testFile ? test.rows() : held.rows();
        checkNotEmpty(trainRowCount, testRowCount);
        report.setDuplicateRows(trainRows.duplicates() + testRows.duplicates())
                .setLeakedTestRows(testInputs.alsoIn(trainInputs));
        List<BlobRef> trainShards = new ArrayList<>(train.finish());
        List<BlobRef> testShards = testFile ? test.finish() : held.finish();
        if (testFile) {
            // These rows were held out before the test file arrived.
            trainShards.addAll(held.finish());
        }
        return DatasetVersion.newBuilder()
                .addAllShards(files("train", trainShards))
                .addAllShards(files("test", testShards))
                .setTrainRows(trainRowCount)
                .setTestRows(testRowCount)
                .setRowFormat(format)
                .setJsonAnswers(jsonAnswers)
                .addAllContents(contents.all())
                .setReport(report);
    }

    @Override
    public void close() throws IOException {
        try (trainRows;
                trainInputs;
                testRows;
                testInputs) {
            // Closing deletes only temporary files.
        }
    }

    private Optional<CanonicalRow> accept(String file, RowReader.Outcome outcome) {
        report.setRowsRead(report.getRowsRead() + 1);
        return switch (outcome) {
            case RowReader.Accepted(long line, CanonicalRow row) -> {
                if (format == RowFormat.ROW_FORMAT_UNSPECIFIED) {
                    format = row.format();
                }
                if (row.format() != format) {
                    refuse(file, line, "the row is " + row.format() + ", but the rows before it are " + format);
                    yield Optional.empty();
                }
                report.setRowsAccepted(report.getRowsAccepted() + 1);
                jsonAnswers = jsonAnswers && row.hasJsonAnswer();
                contents.add(row.contents(), file, line);
                yield Optional.of(row);
            }
            case RowReader.Refused(long line, String reason) -> {
                refuse(file, line, reason);
                yield Optional.empty();
            }
        };
    }

    private void refuse(String file, long line, String reason) {
        report.setRowsInvalid(report.getRowsInvalid() + 1);
        if (report.getInvalidRowsCount() < NAMED_ROWS) {
            report.addInvalidRows(
                    InvalidRow.newBuilder().setFile(file).setLine(line).setReason(reason));
        }
    }

    private boolean isRefused() {
        return report.getRowsInvalid() > request.header().getAllowInvalid();
    }

    private void write(Shards shards, CanonicalRow row, String file, long line) throws IOException {
        // The remaining rows of a refused upload are only checked, to name their faults, too.
        if (!isRefused() && shards.add(row.json(), file, line)) {
            onShard.run();
        }
    }

    private ApiException refusal() {
        List<FieldViolation> named = new ArrayList<>();
        int bytes = 0;
        for (InvalidRow row : report.getInvalidRowsList()) {
            FieldViolation violation =
                    new FieldViolation(row.getFile() + ":" + row.getLine(), withoutAdvice(row.getReason()));
            bytes += violation.field().length() + violation.description().length() + 6;
            if (bytes > NAMED_BYTES) {
                break;
            }
            named.add(violation);
        }
        InvalidRow first = report.getInvalidRows(0);
        return ApiException.invalidRows(
                "%d of %d rows are invalid, %d are allowed; the first is line %d of the %s file: %s"
                        .formatted(
                                report.getRowsInvalid(),
                                report.getRowsRead(),
                                request.header().getAllowInvalid(),
                                first.getLine(),
                                first.getFile(),
                                first.getReason()),
                named,
                report.getRowsInvalid(),
                request.header().getAllowInvalid());
    }

    /// Returns a reason without the advice that every unknown key has, which would cost the list of rows a fifth of its
    /// room. The summary gives it once.
    private static String withoutAdvice(String reason) {
        return reason.endsWith(RowFormFault.REMOVE)
                ? reason.substring(0, reason.length() - RowFormFault.REMOVE.length())
                : reason;
    }

    private void checkNotEmpty(long trainRowCount, long testRowCount) {
        if (trainRowCount + testRowCount == 0) {
            throw ApiException.invalidField("train", "the file has no rows");
        }
        if (testRowCount == 0) {
            throw testFile
                    ? ApiException.invalidField("test", "the file has no rows")
                    : ApiException.invalidField(
                            "test_fraction",
                            "none of the %d rows falls into the %s held out for evaluation: give a larger part, a test file or more rows"
                                    .formatted(trainRowCount, request.testFraction()));
        }
        if (trainRowCount == 0) {
            throw testFile
                    ? ApiException.invalidField("train", "the file has no rows")
                    : ApiException.invalidField(
                            "test_fraction",
                            "all %d rows fall into the %s held out for evaluation: give a smaller part or more rows"
                                    .formatted(testRowCount, request.testFraction()));
        }
    }

    private static List<BlobFile> files(String split, List<BlobRef> shards) {
        List<BlobFile> files = new ArrayList<>();
        for (BlobRef shard : shards) {
            files.add(BlobFile.newBuilder()
                    .setPath(split + "/%05d.jsonl.zst".formatted(files.size()))
                    .setSizeBytes(shard.size())
                    .setSha256(shard.sha256())
                    .setBlobKey(shard.key())
                    .build());
        }
        return files;
    }

    /// Returns the first 64 bits of the SHA-256.
    private long sha256(byte[] bytes) {
        return ByteBuffer.wrap(sha256.digest(bytes)).getLong();
    }

    /// Returns 64 bits of two checksums over different polynomials, which are ten times as fast as SHA-256. They
    /// only serve to compare rows.
    private long checksum(byte[] bytes) {
        crc32.reset();
        crc32.update(bytes);
        crc32c.reset();
        crc32c.update(bytes);
        return crc32.getValue() << 32 | crc32c.getValue();
    }
}
