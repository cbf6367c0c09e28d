package dev.finetide.cli.model;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.files.Download;
import dev.finetide.proto.model.v1.DownloadModelFileRequest;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import dev.finetide.proto.model.v1.ModelVersion;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;

/// Downloads the files of an approved model version into a directory.
public final class ModelPull {
    private static final String NEWEST_APPROVED = "/versions/approved";

    private final ServiceClient<ModelServiceBlockingStub> models;
    private final PrintWriter notes;

    public ModelPull(ServiceClient<ModelServiceBlockingStub> models, PrintWriter notes) {
        this.models = models;
        this.notes = notes;
    }

    /// Finds a model version.
    ///
    /// @param name resource name; its version may be "latest" or "approved"
    public ModelVersion find(String name) {
        GetModelVersionRequest request =
                GetModelVersionRequest.newBuilder().setName(name).build();
        try {
            return models.call(stub -> stub.getModelVersion(request));
        } catch (StatusRuntimeException answer) {
            if (answer.getStatus().getCode() == Status.Code.NOT_FOUND && name.endsWith(NEWEST_APPROVED)) {
                String model = name.substring(0, name.length() - NEWEST_APPROVED.length());
                throw CommandFailedException.notFound(
                        "model " + Names.brief(model) + " has no approved version (see: finetide model list)");
            }
            throw answer;
        }
    }

    /// @see Download#into
    public void into(Path directory, ModelVersion version) throws IOException {
        new Download<>(
                        models,
                        (stub, path, offset) -> stub.downloadModelFile(DownloadModelFileRequest.newBuilder()
                                .setName(version.getName())
                                .setPath(path)
                                .setOffset(offset)
                                .build()),
                        notes)
                .into(directory, version.getFilesList(), version.getDigest());
    }
}
