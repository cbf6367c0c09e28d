package dev.finetide.cli.base;

import com.google.protobuf.ByteString;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.BaseServiceGrpc.BaseServiceBlockingStub;
import dev.finetide.proto.model.v1.BaseServiceGrpc.BaseServiceBlockingV2Stub;
import dev.finetide.proto.model.v1.CreateBaseRequest;
import dev.finetide.proto.model.v1.FindMissingBlobsRequest;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import dev.finetide.proto.model.v1.UploadBlobResponse;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// Uploads a model directory to the registry as a base. Digests are sent first, and then only the files that the
/// blob store lacks.
public final class BaseUpload {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int SUFFIX_DIGITS = 8;

    private final ServiceClient<BaseServiceBlockingStub> bases;
    private final Names names;
    private final PrintWriter notes;

    public BaseUpload(ServiceClient<BaseServiceBlockingStub> bases, Names names, PrintWriter notes) {
        this.bases = bases;
        this.names = names;
        this.notes = notes;
    }

    /// Adds the directory's files as a base under a name, or finds the base that has them.
    ///
    /// @param origin name by which others can open the base; empty to take it from config.json
    /// @throws StatusRuntimeException ALREADY_EXISTS if a base of that name has other files
    public Base add(String name, ModelDirectory directory, String origin) throws IOException {
        sayWhatIsNotTaken(directory);
        Set<String> missing = Set.copyOf(bases.call(stub -> stub.findMissingBlobs(FindMissingBlobsRequest.newBuilder()
                        .setParent(names.parent())
                        .addAllSha256(directory.files().stream()
                                .map(BlobFile::getSha256)
                                .distinct()
                                .toList())
                        .build()))
                .getMissingSha256List());
        upload(
                directory.path(),
                directory.files().stream()
                        .filter(file -> missing.contains(file.getSha256()))
                        .toList());
        CreateBaseRequest request = CreateBaseRequest.newBuilder()
                .setParent(names.parent())
                .setBaseId(name)
                .setOrigin(origin)
                .addAllFiles(directory.files())
                .setRequestId(UUID.randomUUID().toString())
                .build();
        return bases.call(stub -> stub.createBase(request));
    }

    /// Returns the resource name of the base that a user names. A model directory is added first.
    ///
    /// @param typed directory, or name of a base
    public String resolve(String typed) throws IOException {
        Optional<Path> directory = BaseReference.directory(typed);
        return directory.isEmpty()
                ? names.base(typed)
                : addUnderOwnName(ModelDirectory.read(directory.get(), notes)).getName();
    }

    /// Adds the directory's files as a base under a name made from the directory's name. If a base of that name has
    /// other files, a part of the digest is appended.
    public Base addUnderOwnName(ModelDirectory directory) throws IOException {
        String name = nameOf(directory.path());
        Optional<Base> existing = find(name);
        if (existing.isPresent() && !existing.get().getDigest().equals(directory.digest())) {
            String longer = name + "-" + directory.digest().substring(0, SUFFIX_DIGITS);
            notes.println("base " + name + " has other files; this one is " + longer);
            notes.flush();
            name = longer;
            existing = find(name);
        }
        return existing.isPresent() ? existing.get() : add(name, directory, "");
    }

    /// Makes a base name from a directory's name: "SmolLM2 135M" becomes "smollm2-135m".
    static String nameOf(Path directory) throws IOException {
        Path last = directory.toRealPath().getFileName();
        String name = (last == null ? "base" : last.toString())
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9._-]+", "-")
                .replaceAll("\\.{2,}", ".")
                .replaceAll("^[^a-z0-9]+|[^a-z0-9]+$", "");
        String most = name.substring(0, Math.min(name.length(), 50)).replaceAll("[^a-z0-9]+$", "");
        return most.isEmpty() ? "base" : most;
    }

    private Optional<Base> find(String name) {
        GetBaseRequest request =
                GetBaseRequest.newBuilder().setName(names.base(name)).build();
        try {
            return Optional.of(bases.call(stub -> stub.getBase(request)));
        } catch (StatusRuntimeException answer) {
            if (answer.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw answer;
        }
    }

    private void sayWhatIsNotTaken(ModelDirectory directory) {
        if (!directory.notTaken().isEmpty()) {
            notes.println("not taken from " + directory.path() + ": " + String.join(", ", directory.notTaken()));
            notes.flush();
        }
    }

    private void upload(Path directory, List<BlobFile> files) throws IOException {
        long total = files.stream().mapToLong(BlobFile::getSizeBytes).sum();
        if (files.isEmpty()) {
            return;
        }
        try (ProgressLine progress = ProgressLine.start("uploading", Math.max(1, total), "", notes)) {
            long before = 0;
            for (BlobFile file : files) {
                long sent = before;
                bases.<BaseServiceBlockingV2Stub, UploadBlobResponse>attempt(
                        BaseServiceGrpc::newBlockingV2Stub,
                        stub -> send(stub.uploadBlob(), directory.resolve(file.getPath()), file, sent, progress));
                before += file.getSizeBytes();
            }
        } catch (UncheckedIOException unreadable) {
            throw unreadable.getCause();
        }
    }

    private UploadBlobResponse send(
            BlockingClientCall<UploadBlobRequest, UploadBlobResponse> call,
            Path path,
            BlobFile file,
            long before,
            ProgressLine progress)
            throws StatusException, InterruptedException {
        boolean open = call.write(UploadBlobRequest.newBuilder()
                .setParent(names.parent())
                .setFile(file)
                .build());
        try (InputStream in = Files.newInputStream(path)) {
            byte[] buffer = new byte[CHUNK_BYTES];
            long sent = before;
            for (int read = in.readNBytes(buffer, 0, CHUNK_BYTES);
                    open && read > 0;
                    read = in.readNBytes(buffer, 0, CHUNK_BYTES)) {
                open = call.write(UploadBlobRequest.newBuilder()
                        .setData(ByteString.copyFrom(buffer, 0, read))
                        .build());
                sent += read;
                progress.at(sent, "");
            }
        } catch (IOException unreadable) {
            call.cancel("the file cannot be read", unreadable);
            throw new UncheckedIOException(unreadable);
        }
        call.halfClose();
        UploadBlobResponse answer = call.read();
        if (answer == null) {
            throw CommandFailedException.failed(
                    "registry-service ended the upload of " + file.getPath() + " without an answer");
        }
        return answer;
    }
}
