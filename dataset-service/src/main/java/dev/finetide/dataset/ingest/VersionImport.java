package dev.finetide.dataset.ingest;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.shape.RowReading;
import dev.finetide.dataset.shard.Scratch;
import dev.finetide.dataset.shard.SplitName;
import dev.finetide.dataset.shard.SplitPlan;
import dev.finetide.dataset.shard.VersionWriter;
import dev.finetide.dataset.source.Sources.Source;
import dev.finetide.dataset.source.StagedFile;
import dev.finetide.dataset.tokens.RowLengths;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.LengthLimit;
import dev.finetide.proto.dataset.v1.ReadFile;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;

/// Writes the rows of staged files as a new version. Thread-safe.
public final class VersionImport {
    private static final double TEST_FRACTION = 0.1;

    private final BlobStore blobs;
    private final ExecutorService parsers;
    private final Function<LengthLimit, RowLengths> lengths;

    /// @param parsers threads that parse rows, for all imports
    /// @param lengths opens what measures rows
    public VersionImport(BlobStore blobs, ExecutorService parsers, Function<LengthLimit, RowLengths> lengths) {
        this.blobs = blobs;
        this.parsers = parsers;
        this.lengths = lengths;
    }

    /// Checks a request, before anything is fetched.
    ///
    /// @throws ApiException INVALID_FIELD
    public void check(ImportDatasetVersionRequest request) {
        if (request.getRead().hasChunking()) {
            DocumentImport.check(request);
            return;
        }
        new RowReading(request.getRead(), request.getSplit());
        if (request.getSplit().getValidationFraction() + request.getSplit().getTestFraction() >= 1) {
            throw ApiException.invalidField(
                    "split.validation_fraction", "leaves no train rows, together with test_fraction");
        }
    }

    /// Reads all files, and returns the version without name and times.
    ///
    /// @param prefix prefix of the keys of all blobs, ending with `/`
    /// @param alive runs after each stored shard
    /// @throws ApiException INVALID_ROWS if more rows are invalid than allowed, INVALID_FIELD for an empty split
    public DatasetVersion.Builder write(
            ImportDatasetVersionRequest request,
            List<Source> sources,
            String prefix,
            Runnable alive,
            ImportCounter counter)
            throws IOException {
        if (request.getRead().hasChunking()) {
            return documents(request, sources, prefix, alive, counter);
        }
        List<ImportedFile> files = bySplit(sources, request.getSplit());
        SplitPlan plan = plan(request.getSplit(), files);
        InvalidRows invalid = new InvalidRows(request.getAllowInvalid(), blobs, prefix);
        counter.step(
                "reading",
                files.stream().mapToLong(file -> file.file().sizeBytes()).sum());
        try (Scratch scratch = Scratch.create();
                Lengths measured = Lengths.of(request, lengths);
                VersionWriter writer = new VersionWriter(blobs, prefix, scratch.directory(), plan, alive)) {
            RowImport rows = new RowImport(
                    request.getRead(),
                    request.getSplit(),
                    measured.lengths(),
                    request.getLength().getLeaveOut(),
                    writer,
                    invalid,
                    counter,
                    parsers,
                    scratch.directory());
            DatasetVersion.Builder read = DatasetVersion.newBuilder();
            for (ImportedFile file : files) {
                read.addFiles(rows.read(file));
            }
            if (invalid.isRefused()) {
                throw invalid.refusal(rows.rowsRead());
            }
            return described(request, plan, read.buildPartial(), rows, invalid, writer, prefix);
        }
    }

    /// Cuts documents into passages. Files are read in the order of their paths, so that a set has one
    /// digest.
    private DatasetVersion.Builder documents(
            ImportDatasetVersionRequest request,
            List<Source> sources,
            String prefix,
            Runnable alive,
            ImportCounter counter)
            throws IOException {
        List<StagedFile> files = sources.stream()
                .map(Source::file)
                .sorted(Comparator.comparing(StagedFile::path))
                .toList();
        counter.step("reading", files.stream().mapToLong(StagedFile::sizeBytes).sum());
        try (Scratch scratch = Scratch.create();
                VersionWriter writer = new VersionWriter(blobs, prefix, scratch.directory(), SplitPlan.NONE, alive)) {
            DocumentImport documents = new DocumentImport(request.getRead().getChunking(), writer, counter);
            List<ReadFile> read = new ArrayList<>();
            for (StagedFile file : files) {
                read.add(documents.read(file));
            }
            DatasetVersion.Builder version = writer.finish().addAllFiles(read).setRead(request.getRead());
            version.getReportBuilder().setRowsRead(writer.rows()).setRowsAccepted(writer.rows());
            return version.setManifest(Manifest.write(version.buildPartial(), blobs, prefix));
        }
    }

    private DatasetVersion.Builder described(
            ImportDatasetVersionRequest request,
            SplitPlan plan,
            DatasetVersion read,
            RowImport rows,
            InvalidRows invalid,
            VersionWriter writer,
            String prefix)
            throws IOException {
        if (writer.rows() == 0) {
            throw ApiException.invalidField(
                    "train",
                    rows.rowsRead() == 0
                            ? "the file has no rows"
                            : "no row is left: of %d, %d are too long and %d are invalid"
                                    .formatted(rows.rowsRead(), rows.rowsTooLong(), invalid.count()));
        }
        DatasetVersion.Builder version = writer.finish()
                .addAllFiles(read.getFilesList())
                .setRead(request.getRead())
                .setSplitRules(request.getSplit().toBuilder()
                        .setTestFraction(plan.testFraction())
                        .setOverlap(plan.overlap()));
        invalid.describe(version);
        version.getReportBuilder()
                .setRowsRead(rows.rowsRead())
                .setRowsAccepted(rows.rowsAccepted())
                .setRowsTooLong(rows.rowsTooLong());
        checkNotEmpty(version, plan, read);
        return version.setManifest(Manifest.write(version.buildPartial(), blobs, prefix));
    }

    /// Orders the files by their splits, so that a row's earlier splits are read first.
    private static List<ImportedFile> bySplit(List<Source> sources, SplitRules rules) {
        List<ImportedFile> files = new ArrayList<>();
        boolean told = sources.stream().anyMatch(source -> !source.split().isEmpty());
        boolean onlyFile = sources.size() == 1 && !told;
        for (Source source : sources) {
            String split = source.split();
            if (split.isEmpty()) {
                // One file alone is the train file, whatever its name.
                split = onlyFile || !rules.getColumn().isEmpty()
                        ? SplitName.TRAIN.word()
                        : SplitNames.ofPath(source.file().path()).orElse(SplitName.TRAIN.word());
            }
            files.add(new ImportedFile(source.file(), split));
        }
        files.sort(Comparator.comparing(ImportedFile::split, SplitName.ORDER));
        return List.copyOf(files);
    }

    private static SplitPlan plan(SplitRules rules, List<ImportedFile> files) {
        boolean hasTest = files.stream().anyMatch(file -> file.split().equals(SplitName.TEST.word()));
        boolean usual = !hasTest && rules.getColumn().isEmpty();
        double test = rules.hasTestFraction() ? rules.getTestFraction() : usual ? TEST_FRACTION : 0;
        return new SplitPlan(test, rules.getValidationFraction(), rules.getOverlap());
    }

    private static void checkNotEmpty(DatasetVersion.Builder version, SplitPlan plan, DatasetVersion read) {
        long train = version.getTrainRows();
        if (version.getTestRows() == 0 && plan.testFraction() > 0) {
            throw ApiException.invalidField(
                    "test_fraction",
                    "none of the %d rows falls into the %s held out for evaluation: give a larger part, a test file or more rows"
                            .formatted(train, plan.testFraction()));
        }
        if (train == 0) {
            throw plan.testFraction() > 0 || plan.validationFraction() > 0
                    ? ApiException.invalidField(
                            "test_fraction",
                            "all %d rows fall into the %s held out for evaluation: give a smaller part or more rows"
                                    .formatted(version.getTestRows(), plan.testFraction()))
                    : ApiException.invalidField("train", "no file and no row is in the train split");
        }
        boolean moved = version.getSplitsList().stream().anyMatch(split -> split.getMovedRows() > 0);
        read.getFilesList().stream()
                .filter(file -> !moved
                        && !file.getSplit().isEmpty()
                        && version.getSplitsList().stream()
                                .noneMatch(split -> split.getName().equals(file.getSplit())))
                .findFirst()
                .ifPresent(file -> {
                    boolean named = !file.getPath().equals(file.getSplit());
                    throw ApiException.invalidField(
                            file.getSplit(), "the file " + (named ? file.getPath() + " " : "") + "has no rows");
                });
    }

    /// Measures the rows of an import, if their length is limited.
    private record Lengths(Optional<RowLengths> lengths) implements AutoCloseable {
        static Lengths of(ImportDatasetVersionRequest request, Function<LengthLimit, RowLengths> opening) {
            return new Lengths(
                    request.hasLength() ? Optional.of(opening.apply(request.getLength())) : Optional.empty());
        }

        @Override
        public void close() {
            lengths.ifPresent(RowLengths::close);
        }
    }
}
