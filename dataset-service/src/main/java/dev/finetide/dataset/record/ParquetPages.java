package dev.finetide.dataset.record;

import dev.hardwood.internal.metadata.PageHeader;
import dev.hardwood.internal.thrift.PageHeaderReader;
import dev.hardwood.internal.thrift.ThriftCompactReader;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.FileMetaData;
import dev.hardwood.metadata.RowGroup;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// Checks the sizes of all pages of a Parquet file before the library reads one. A page that reaches past its column
/// chunk lets hardwood 1.0.1 copy nothing for ever, on a virtual thread that then keeps a processor from all others.
final class ParquetPages {
    private static final int HEADER_BYTES = 1 << 13;
    private static final int LARGEST_HEADER_BYTES = 16 << 20;
    private static final int LARGEST_PAGE_BYTES = 1 << 30;

    private ParquetPages() {}

    /// @throws IllegalStateException if a page or a column chunk has a size that cannot be
    static void check(FileChannel file, FileMetaData metadata) throws IOException {
        for (RowGroup group : metadata.rowGroups()) {
            for (ColumnChunk chunk : group.columns()) {
                check(file, chunk);
            }
        }
    }

    private static void check(FileChannel file, ColumnChunk chunk) throws IOException {
        long position = chunk.chunkStartOffset();
        long size = chunk.metaData().totalCompressedSize();
        if (position < 0 || size < 0 || size > file.size() - position) {
            throw new IllegalStateException("a column chunk reaches past the file");
        }
        long end = position + size;
        while (position < end) {
            position += pageBytes(file, position, end);
        }
    }

    /// Returns the length of a page with its header, in bytes.
    private static long pageBytes(FileChannel file, long position, long end) throws IOException {
        for (int bytes = HEADER_BYTES; ; bytes *= 8) {
            int length = (int) Math.min(bytes, end - position);
            ByteBuffer buffer = ByteBuffer.allocate(length);
            while (buffer.hasRemaining() && file.read(buffer, position + buffer.position()) >= 0) {
                // A channel may give less than asked for.
            }
            ThriftCompactReader reader = new ThriftCompactReader(buffer.flip());
            try {
                PageHeader header = PageHeaderReader.read(reader);
                long page = reader.getBytesRead() + (long) header.compressedPageSize();
                if (header.compressedPageSize() < 0
                        || header.uncompressedPageSize() < 0
                        || header.uncompressedPageSize() > LARGEST_PAGE_BYTES
                        || page <= 0
                        || page > end - position) {
                    throw new IllegalStateException("a page reaches past its column chunk");
                }
                return page;
            } catch (EOFException longer) {
                if (length == end - position || bytes >= LARGEST_HEADER_BYTES) {
                    throw new IllegalStateException("a page has no header", longer);
                }
            }
        }
    }
}
