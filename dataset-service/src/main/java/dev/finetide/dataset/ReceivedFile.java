package dev.finetide.dataset;

import com.google.protobuf.ByteString;
import dev.finetide.dataset.source.FileUpload;
import dev.finetide.dataset.source.Staging;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rpc.ReceivedBytes;
import dev.finetide.kit.rpc.UploadStream;
import dev.finetide.kit.rule.FieldRules;
import dev.finetide.proto.dataset.v1.UploadFileHeader;
import dev.finetide.proto.dataset.v1.UploadFileRequest;
import dev.finetide.proto.dataset.v1.UploadedFile;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/// Reads one file from a stream of requests: the header, then chunks.
final class ReceivedFile {
    private ReceivedFile() {}

    /// Stages the bytes of an upload.
    ///
    /// @throws ApiException INVALID_FIELD if the first part is not the header, and as [Staging#receive]
    static UploadedFile receive(UploadStream<UploadFileRequest> upload, Staging staging) throws IOException {
        Optional<UploadFileRequest> first = upload.next();
        if (first.isEmpty() || !first.get().hasHeader()) {
            throw ApiException.invalidField("header", "is required as the first part of the upload");
        }
        UploadFileHeader header = first.get().getHeader();
        FieldRules.check(header, "");
        FileUpload file = new FileUpload(
                header.getParent(), header.getFileId(), header.getSizeBytes(), header.getSha256(), List.of());
        try (InputStream bytes = new ReceivedBytes(() -> chunk(upload))) {
            return shown(staging.receive(file, header.getOffset(), bytes));
        }
    }

    static UploadedFile shown(FileUpload upload) {
        return UploadedFile.newBuilder()
                .setFileId(upload.fileId())
                .setStoredBytes(upload.storedBytes())
                .setSizeBytes(upload.sizeBytes())
                .build();
    }

    private static Optional<ByteString> chunk(UploadStream<UploadFileRequest> upload) throws IOException {
        Optional<UploadFileRequest> next = upload.next();
        if (next.isPresent() && !next.get().hasChunk()) {
            throw ApiException.invalidField("part", "the header comes once, then only chunks");
        }
        return next.map(request -> request.getChunk().getData());
    }
}
