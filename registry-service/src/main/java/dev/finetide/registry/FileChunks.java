package dev.finetide.registry;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rpc.AwaitedBytes;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.FileChunk;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;

/// Reads a file as a stream of chunks. The blob store checks size and digest of the whole file, including the
/// skipped part, and holds the last bytes back until they are checked.
final class FileChunks implements WatchSource<FileChunk> {
    private static final int CHUNK = 1 << 20;

    private final InputStream bytes;
    private final Runnable check;
    private long left;

    /// @param offset number of bytes to skip
    /// @param check  runs before each chunk, and throws if the file may no longer be served
    FileChunks(BlobStore blobs, BlobFile file, long offset, Runnable check) throws IOException {
        if (offset < 0 || offset > file.getSizeBytes()) {
            throw ApiException.invalidField(
                    "offset", "expected 0 to " + file.getSizeBytes() + ", the file's size, got " + offset);
        }
        this.check = check;
        this.left = file.getSizeBytes() - offset;
        this.bytes =
                new AwaitedBytes(blobs.open(new BlobRef(file.getBlobKey(), file.getSizeBytes(), file.getSha256())));
        try {
            if (left > 0) {
                bytes.skipNBytes(offset);
            }
        } catch (IOException | RuntimeException e) {
            bytes.close();
            throw e;
        }
    }

    @Override
    public boolean hasNext() {
        return left > 0;
    }

    @Override
    public FileChunk next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        check.run();
        try {
            byte[] chunk = bytes.readNBytes((int) Math.min(CHUNK, left));
            left -= chunk.length;
            ByteString data = UnsafeByteOperations.unsafeWrap(chunk); // no other code has the array
            return FileChunk.newBuilder().setData(data).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            bytes.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
