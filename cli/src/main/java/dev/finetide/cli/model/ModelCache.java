package dev.finetide.cli.model;

import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.files.Download;
import dev.finetide.embedded.EmbeddedPostgres;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc.BaseServiceBlockingStub;
import dev.finetide.proto.model.v1.DownloadBaseFileRequest;
import dev.finetide.proto.model.v1.ModelVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Bases and model versions by their digests, in the user's cache. They never change, so a cached directory is
/// valid.
final class ModelCache {
    private final Path directory;
    private final PrintWriter notes;

    ModelCache(Path directory, PrintWriter notes) {
        this.directory = directory;
        this.notes = notes;
    }

    static ModelCache ofUser(PrintWriter notes) {
        return new ModelCache(EmbeddedPostgres.userCache().resolve("models"), notes);
    }

    Path base(ServiceClient<BaseServiceBlockingStub> bases, Base base) throws IOException {
        return cached(
                base.getDigest(),
                target -> new Download<>(
                                bases,
                                (stub, path, offset) -> stub.downloadBaseFile(DownloadBaseFileRequest.newBuilder()
                                        .setName(base.getName())
                                        .setPath(path)
                                        .setOffset(offset)
                                        .build()),
                                notes)
                        .into(target, base.getFilesList(), base.getDigest()));
    }

    Path model(ModelPull pull, ModelVersion version) throws IOException {
        return cached(version.getDigest(), target -> pull.into(target, version));
    }

    private interface Fetch {
        void into(Path target) throws IOException;
    }

    private Path cached(String digest, Fetch fetch) throws IOException {
        Path target = directory.resolve(digest);
        if (!Files.isDirectory(target)) {
            try {
                fetch.into(target);
            } catch (FileSystemException taken) {
                if (!Files.isDirectory(target)) {
                    throw taken;
                }
                // Another process was faster; equal digests mean equal bytes.
            }
        }
        return target;
    }
}
