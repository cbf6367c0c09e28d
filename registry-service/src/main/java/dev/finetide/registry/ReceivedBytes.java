package dev.finetide.registry;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rpc.UploadStream;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Stream of the bytes in an upload's data parts.
final class ReceivedBytes extends InputStream {
    private final UploadStream<UploadBlobRequest> upload;
    private ByteBuffer part = ByteBuffer.allocate(0);

    ReceivedBytes(UploadStream<UploadBlobRequest> upload) {
        this.upload = upload;
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
        while (!part.hasRemaining()) {
            Optional<UploadBlobRequest> next = upload.next();
            if (next.isEmpty()) {
                return -1;
            }
            if (!next.get().hasData()) {
                throw ApiException.invalidField("data", "is required in every part after the first");
            }
            part = next.get().getData().asReadOnlyByteBuffer();
        }
        int count = Math.min(length, part.remaining());
        part.get(buffer, offset, count);
        return count;
    }
}
