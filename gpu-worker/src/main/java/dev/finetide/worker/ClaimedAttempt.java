package dev.finetide.worker;

import com.google.protobuf.util.JsonFormat;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.BlobStores;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.event.KafkaSettings;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A claimed attempt: its spec, the epoch that makes this process the only writer, its reports, and its blobs below
/// `attempts/{epoch}/`.
final class ClaimedAttempt implements AutoCloseable {
    private static final long LARGEST_SPEC = 16 << 20;

    private final WorkerSpec spec;
    private final AttemptClient service;
    private final ClaimAttemptResponse claim;
    private final BlobStore blobs;
    private final Progress progress = new Progress();
    private final WorkerReports reports;
    private final WriterWatch watch;
    private final Trace trace;

    private ClaimedAttempt(
            WorkerSpec spec, AttemptClient service, ClaimAttemptResponse claim, BlobStore blobs, Trace trace) {
        this.spec = spec;
        this.service = service;
        this.claim = claim;
        this.blobs = blobs;
        this.trace = trace;
        this.reports = new WorkerReports(
                spec,
                claim.getEpoch(),
                trace.traceparent(),
                progress,
                KafkaSettings.of(spec.getBootstrapServers()),
                ClaimedAttempt::leave);
        this.watch = new WriterWatch(
                WriterWatch.EVERY,
                () -> service.refusal(claim.getEpoch()),
                reports::hasSaidTheLast,
                why -> leave(new WorkerFailure(WorkerFailure.Reason.STALE_ATTEMPT, why)));
    }

    /// Reads the spec and claims an epoch. Waits some minutes for a service that is being restarted.
    ///
    /// @throws WorkerFailure BAD_CONFIGURATION for a spec that cannot be read, STALE_ATTEMPT when the attempt
    ///     is over, UNREACHABLE when the service does not answer
    static ClaimedAttempt claim(Path specFile, Trace trace, StopSignal stop) throws InterruptedException {
        WorkerSpec spec = read(specFile);
        BlobStore own = ownStore(spec);
        AttemptClient service = new AttemptClient(spec, trace);
        try {
            ClaimAttemptResponse claim = service.claim(stop);
            trace.describe(spec.getResource(), spec.getAttempt(), claim.getEpoch());
            System.out.printf(
                    "claimed %s attempt %d epoch %d%n", spec.getResource(), spec.getAttempt(), claim.getEpoch());
            BlobStore blobs = lentStore(spec, service, claim.getEpoch()).orElse(own);
            return new ClaimedAttempt(spec, service, claim, blobs, trace);
        } catch (RuntimeException | InterruptedException failure) {
            service.close();
            throw failure;
        }
    }

    /// Opens the store with the credentials that this process has.
    private static BlobStore ownStore(WorkerSpec spec) {
        try {
            return BlobStores.open(URI.create(spec.getBlobsUri()));
        } catch (IOException | IllegalArgumentException e) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, "blobs_uri: " + e.getMessage(), e);
        }
    }

    /// Opens the store with the credentials that the service lends; empty if it lends none, or the store needs none.
    private static Optional<BlobStore> lentStore(WorkerSpec spec, AttemptClient service, long epoch) {
        URI uri = URI.create(spec.getBlobsUri());
        if (!"s3".equals(uri.getScheme())) {
            return Optional.empty();
        }
        try {
            return service.borrowBlobAccess(epoch)
                    .map(first -> BlobStores.open(
                            uri,
                            first,
                            () -> service.borrowBlobAccess(epoch)
                                    .orElseThrow(() -> new IOException("the service lends no access any more"))));
        } catch (IOException e) {
            throw new WorkerFailure(WorkerFailure.Reason.UNREACHABLE, e.getMessage(), e);
        }
    }

    private static void leave(WorkerFailure why) {
        System.err.println("gpu-worker: " + why.reason() + ": " + why.getMessage());
        StopSignal.leave(why.exitCode());
    }

    private static WorkerSpec read(Path file) {
        try {
            if (Files.size(file) > LARGEST_SPEC) {
                throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, file + ": larger than 16 MiB");
            }
            WorkerSpec.Builder spec = WorkerSpec.newBuilder();
            JsonFormat.parser().merge(Files.readString(file), spec);
            return spec.build();
        } catch (NoSuchFileException e) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, file + ": no such spec file", e);
        } catch (IOException e) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, file + ": " + e.getMessage(), e);
        }
    }

    WorkerSpec spec() {
        return spec;
    }

    WorkerReports reports() {
        return reports;
    }

    Progress progress() {
        return progress;
    }

    Trace trace() {
        return trace;
    }

    /// Returns what the service told when this attempt was claimed.
    ClaimAttemptResponse claimed() {
        return claim;
    }

    /// Waits until the broker has the reports that were made, or this process is told to stop.
    void awaitKept(StopSignal stop) {
        try {
            reports.awaitTaken(stop::raised);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Returns the service that owns the attempt.
    AttemptClient service() {
        return service;
    }

    /// Returns the complete checkpoints of earlier attempts, newest first.
    List<Checkpoint> checkpoints() {
        List<Checkpoint> newestFirst = new ArrayList<>(claim.getEarlierCheckpointsList());
        if (claim.hasResumeFrom()) {
            newestFirst.addFirst(claim.getResumeFrom());
        }
        return newestFirst;
    }

    long epoch() {
        return claim.getEpoch();
    }

    /// Stores every file below `directory` under `attempts/{epoch}/{name}/`.
    List<BlobFile> upload(Path directory, String name) throws IOException {
        String prefix = prefix(name);
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = walk.filter(Files::isRegularFile).sorted().toList();
        }
        List<BlobFile> files = new ArrayList<>();
        for (Path path : paths) {
            String relative = directory.relativize(path).toString().replace('\\', '/');
            try (InputStream in = progress.counted(Files.newInputStream(path))) {
                BlobRef blob = blobs.put(prefix + relative, in);
                files.add(BlobFile.newBuilder()
                        .setPath(relative)
                        .setSizeBytes(blob.size())
                        .setSha256(blob.sha256())
                        .setBlobKey(blob.key())
                        .build());
            }
        }
        return files;
    }

    /// Stores a checkpoint and deletes it, to measure the time. The blobs are named like a checkpoint's, so that the
    /// service deletes those that a killed worker leaves.
    void rehearseUpload(Path directory) {
        String name = "checkpoints/step-00000000";
        try {
            upload(directory, name);
            blobs.delete(prefix(name));
        } catch (IOException e) {
            throw new UncheckedIOException("no checkpoint can be stored: " + e.getMessage(), e);
        }
    }

    private String prefix(String name) {
        return spec.getBlobPrefix() + "attempts/" + epoch() + "/" + name + "/";
    }

    /// Opens a stored file. Every byte is checked against the file's digest.
    InputStream open(BlobFile file) throws IOException {
        return progress.counted(blobs.open(ref(file)));
    }

    /// Copies stored files into a directory and checks each against its digest.
    void download(List<BlobFile> files, Path directory) throws IOException {
        for (BlobFile file : files) {
            Path target = directory.resolve(file.getPath()).normalize();
            if (!target.startsWith(directory)) {
                throw new WorkerFailure(
                        WorkerFailure.Reason.BAD_CONFIGURATION, "file path leaves its directory: " + file.getPath());
            }
            Files.createDirectories(target.getParent());
            // The stream fails before its last bytes if they are not what the digest says. Scratch needs no fsync.
            try (InputStream in = open(file)) {
                Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static BlobRef ref(BlobFile file) {
        return new BlobRef(file.getBlobKey(), file.getSizeBytes(), file.getSha256());
    }

    @Override
    public void close() {
        watch.close();
        reports.close();
        service.close();
    }
}
