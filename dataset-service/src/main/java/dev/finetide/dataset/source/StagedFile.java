package dev.finetide.dataset.source;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.record.RecordFile;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.List;

/// A whole file whose bytes are stored in parts. Every read is checked against the parts' digests, so that the file is
/// the same however often it is read.
///
/// @param fileId id of the staged file
/// @param path path as the user knows the file
/// @param sha256 SHA-256 (hex) of the file; empty if nobody has computed it
/// @param parts parts in their order
public record StagedFile(BlobStore blobs, String fileId, String path, String sha256, List<BlobRef> parts)
        implements RecordFile {
    public StagedFile {
        parts = List.copyOf(parts);
    }

    @Override
    public InputStream open() {
        return new Parts(blobs, parts.iterator());
    }

    @Override
    public long sizeBytes() {
        return parts.stream().mapToLong(BlobRef::size).sum();
    }

    /// The parts as one stream.
    private static final class Parts extends InputStream {
        private final BlobStore blobs;
        private final Iterator<BlobRef> next;
        private InputStream open = InputStream.nullInputStream();

        Parts(BlobStore blobs, Iterator<BlobRef> next) {
            this.blobs = blobs;
            this.next = next;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = open.read(bytes, offset, length);
            while (read < 0 && next.hasNext()) {
                open.close();
                open = blobs.open(next.next());
                read = open.read(bytes, offset, length);
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            open.close();
        }
    }
}
