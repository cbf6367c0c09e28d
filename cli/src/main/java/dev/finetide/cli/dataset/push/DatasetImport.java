package dev.finetide.cli.dataset.push;

import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.dataset.VersionStream;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.proto.dataset.v1.DataFile;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Uploads the files of this machine, and then has all sources read as a version.
public final class DatasetImport {
    private final ServiceClient<DatasetServiceBlockingStub> datasets;
    private final FileUpload upload;
    private final Path cache;
    private final PrintWriter notes;

    /// @param parent "projects/" and the project of the dataset
    /// @param cache  the user's directory of caches
    public DatasetImport(
            ServiceClient<DatasetServiceBlockingStub> datasets, String parent, Path cache, PrintWriter notes) {
        this.datasets = datasets;
        this.upload = new FileUpload(datasets, parent, cache);
        this.cache = cache;
        this.notes = notes;
    }

    /// Makes a version of a train file and a test file.
    public DatasetVersion run(Path train, Path test, ImportDatasetVersionRequest.Builder request) throws IOException {
        return run(
                List.of(
                        new DataSource.LocalFile(train, train.getFileName().toString(), "train"),
                        new DataSource.LocalFile(test, test.getFileName().toString(), "test")),
                request);
    }

    /// Makes a version of train rows alone.
    public DatasetVersion run(Path train, ImportDatasetVersionRequest.Builder request) throws IOException {
        return run(List.of(new DataSource.LocalFile(train, train.getFileName().toString(), "train")), request);
    }

    /// @param request what to make, without its files
    DatasetVersion run(List<DataSource> sources, ImportDatasetVersionRequest.Builder request) throws IOException {
        Optional<Path> input = keptInput(sources);
        try {
            send(sources, input, request);
        } finally {
            if (input.isPresent()) {
                Files.deleteIfExists(input.get());
            }
        }
        ImportDatasetVersionRequest complete = request.build();
        return VersionStream.follow(datasets, "reading", stub -> stub.importDatasetVersion(complete), notes);
    }

    /// Writes standard input to a file, if it is a source: an upload says its size before its bytes.
    private Optional<Path> keptInput(List<DataSource> sources) throws IOException {
        if (sources.stream().noneMatch(DataSource.StandardInput.class::isInstance)) {
            return Optional.empty();
        }
        Files.createDirectories(cache);
        Path kept = Files.createTempFile(cache, "stdin-", ".tmp");
        kept.toFile().deleteOnExit();
        Files.copy(System.in, kept, StandardCopyOption.REPLACE_EXISTING);
        return Optional.of(kept);
    }

    private void send(List<DataSource> sources, Optional<Path> input, ImportDatasetVersionRequest.Builder request)
            throws IOException {
        long total = 0;
        List<Optional<Path>> files = new ArrayList<>();
        for (DataSource source : sources) {
            Optional<Path> file = switch (source) {
                case DataSource.LocalFile local -> Optional.of(local.file());
                case DataSource.StandardInput stdin -> input;
                case DataSource.Address address -> Optional.empty();
            };
            files.add(file);
            total += file.isPresent() ? Files.size(file.get()) : 0;
        }
        try (ProgressLine progress = ProgressLine.start("uploading", Math.max(1, total), "", notes)) {
            long before = 0;
            for (int i = 0; i < sources.size(); i++) {
                DataSource source = sources.get(i);
                DataFile.Builder file =
                        DataFile.newBuilder().setPath(source.path()).setSplit(source.split());
                if (source instanceof DataSource.Address address) {
                    file.setUri(address.uri());
                } else {
                    Path local = files.get(i).orElseThrow();
                    file.setUploadedFile(upload.send(local, progress, before));
                    before += Files.size(local);
                }
                request.addFiles(file);
            }
        }
    }
}
