package dev.finetide.dataset;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rpc.UploadStream;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest.PartCase;
import dev.finetide.proto.dataset.v1.UploadHeader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Reads the files from a stream of requests: header, chunks of train, chunks of test.
final class ReceivedFiles implements UploadedFiles {
    private final UploadStream<CreateDatasetVersionRequest> upload;
    private Optional<CreateDatasetVersionRequest> part;

    private ReceivedFiles(UploadStream<CreateDatasetVersionRequest> upload) {
        this.upload = upload;
    }

    interface Reading<A> {
        A read(UploadHeader header, UploadedFiles files) throws IOException;
    }

    /// Reads the header and passes on the files.
    ///
    /// @throws ApiException INVALID_FIELD if the first part is not the header
    static <A> A read(UploadStream<CreateDatasetVersionRequest> upload, Reading<A> reading) throws IOException {
        ReceivedFiles files = new ReceivedFiles(upload);
        files.advance();
        if (files.kind() != PartCase.HEADER) {
            throw ApiException.invalidField("header", "is required as the first part of the upload");
        }
        UploadHeader header = files.part.orElseThrow().getHeader();
        files.advance();
        return reading.read(header, files);
    }

    @Override
    public InputStream train() {
        return new File(PartCase.TRAIN);
    }

    @Override
    public Optional<InputStream> test() throws IOException {
        while (kind() == PartCase.TRAIN) {
            advance();
        }
        return kind() == PartCase.TEST ? Optional.of(new File(PartCase.TEST)) : Optional.empty();
    }

    private PartCase kind() {
        return part.map(CreateDatasetVersionRequest::getPartCase).orElse(PartCase.PART_NOT_SET);
    }

    private void advance() throws IOException {
        PartCase before = part == null ? PartCase.HEADER : kind();
        part = upload.next();
        if (part.isPresent() && kind().compareTo(before) < 0) {
            throw ApiException.invalidField("part", "the header comes first, then all of train, then all of test");
        }
    }

    /// Stream of the bytes in one file's chunks.
    private final class File extends InputStream {
        private final PartCase file;
        private ByteBuffer chunk = ByteBuffer.allocate(0);

        File(PartCase file) {
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (!chunk.hasRemaining()) {
                if (kind() != file) {
                    return -1;
                }
                CreateDatasetVersionRequest request = part.orElseThrow();
                chunk = (file == PartCase.TRAIN ? request.getTrain() : request.getTest())
                        .getData()
                        .asReadOnlyByteBuffer();
                advance();
            }
            int count = Math.min(length, chunk.remaining());
            chunk.get(buffer, offset, count);
            return count;
        }
    }
}
