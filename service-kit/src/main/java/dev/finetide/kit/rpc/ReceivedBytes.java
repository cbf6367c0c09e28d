package dev.finetide.kit.rpc;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Reads bytes that come in parts, such as those of an [UploadStream]'s messages. Holds one part at a time.
public final class ReceivedBytes extends InputStream {
    private final Parts parts;
    private ByteBuffer part = ByteBuffer.allocate(0);

    /// The source of the parts.
    public interface Parts {
        /// Returns the next part, which may have no bytes; empty after the last one.
        Optional<ByteString> next() throws IOException;
    }

    public ReceivedBytes(Parts parts) {
        this.parts = parts;
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
            Optional<ByteString> next = parts.next();
            if (next.isEmpty()) {
                return -1;
            }
            part = next.get().asReadOnlyByteBuffer();
        }
        int count = Math.min(length, part.remaining());
        part.get(buffer, offset, count);
        return count;
    }
}
