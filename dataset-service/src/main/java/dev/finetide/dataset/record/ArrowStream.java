package dev.finetide.dataset.record;

import dev.finetide.kit.error.ApiException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// Reads Arrow IPC messages one after another, of a stream or of a file, whose footer is not needed. Checks every size
/// before it allocates, and copies through the heap: Arrow's own reader needs `--add-opens` for direct buffers.
final class ArrowStream extends ArrowReader {
    private static final int LONGEST_HEADER = 64 << 20;
    private static final long LONGEST_BODY = 512L << 20;
    private static final int CHUNK = 1 << 16;

    private final String path;
    private final InputStream in;
    private long count;

    ArrowStream(String path, InputStream in, BufferAllocator allocator) {
        super(allocator, CommonsCompressionFactory.INSTANCE);
        this.path = path;
        this.in = in;
    }

    @Override
    public boolean loadNextBatch() throws IOException {
        prepareLoadNextBatch();
        for (Message message = next(); message != null; message = next()) {
            switch (message.headerType()) {
                case MessageHeader.RecordBatch -> {
                    checkBuffers((RecordBatch) message.header(new RecordBatch()), message.bodyLength());
                    // The batch releases the body.
                    loadRecordBatch(MessageSerializer.deserializeRecordBatch(message, body(message)));
                    return true;
                }
                case MessageHeader.DictionaryBatch -> {
                    DictionaryBatch dictionary = (DictionaryBatch) message.header(new DictionaryBatch());
                    checkBuffers(dictionary.data(), message.bodyLength());
                    loadDictionary(MessageSerializer.deserializeDictionaryBatch(message, body(message)));
                }
                default -> skip(message.bodyLength());
            }
        }
        return false;
    }

    @Override
    public long bytesRead() {
        return count;
    }

    @Override
    protected void closeReadSource() throws IOException {
        in.close();
    }

    @Override
    protected Schema readSchema() throws IOException {
        Message message = next();
        if (message == null || message.headerType() != MessageHeader.Schema) {
            throw ApiException.invalidField(path, "it is Arrow IPC without a schema");
        }
        return MessageSerializer.deserializeSchema(message);
    }

    /// Returns the next message; null at the end.
    private Message next() throws IOException {
        int length = size();
        if (length == -1) { // The continuation marker, which old writers leave out.
            length = size();
        }
        if (length == 0) {
            return null;
        }
        if (length < 0 || length > LONGEST_HEADER) {
            throw ApiException.invalidField(
                    path,
                    "it is damaged Arrow IPC: a message header of " + length + " bytes, at most " + LONGEST_HEADER
                            + " are allowed");
        }
        byte[] header = bytes(length);
        if (header.length < length) {
            throw new EOFException();
        }
        Message message = Message.getRootAsMessage(ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN));
        if (message.bodyLength() < 0 || message.bodyLength() > LONGEST_BODY) {
            throw ApiException.invalidField(
                    path,
                    "it is Arrow IPC with a batch of " + message.bodyLength() + " bytes, at most " + LONGEST_BODY
                            + " are allowed: write smaller batches");
        }
        return message;
    }

    /// Returns a 32-bit number; 0 at the end of the file.
    private int size() throws IOException {
        byte[] four = bytes(4);
        if (four.length > 0 && four.length < 4) {
            throw new EOFException();
        }
        return four.length == 0
                ? 0
                : ByteBuffer.wrap(four).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }

    /// Reads bytes, fewer at the end of the file. A failed read is told from Arrow's own complaints by its type.
    private byte[] bytes(int length) {
        try {
            return in.readNBytes(length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void skip(long length) throws EOFException {
        for (long left = length; left > 0; ) {
            int read = bytes((int) Math.min(CHUNK, left)).length;
            if (read == 0) {
                throw new EOFException();
            }
            left -= read;
        }
    }

    private ArrowBuf body(Message message) throws IOException {
        ArrowBuf body = allocator.buffer(message.bodyLength());
        try {
            for (long at = 0; at < message.bodyLength(); ) {
                byte[] chunk = bytes((int) Math.min(CHUNK, message.bodyLength() - at));
                if (chunk.length == 0) {
                    throw new EOFException();
                }
                body.setBytes(at, chunk, 0, chunk.length);
                at += chunk.length;
            }
        } catch (IOException | RuntimeException e) {
            body.close();
            throw e;
        }
        count += message.bodyLength();
        return body;
    }

    private void checkBuffers(RecordBatch batch, long bodyLength) {
        if (batch == null || batch.length() < 0 || batch.length() > Integer.MAX_VALUE) {
            throw new IllegalStateException("a batch without rows or with too many");
        }
        for (int i = 0; i < batch.nodesLength(); i++) {
            long values = batch.nodes(i).length();
            if (values < 0 || values > Integer.MAX_VALUE) {
                throw new IllegalStateException("a column with a wrong number of values");
            }
        }
        for (int i = 0; i < batch.buffersLength(); i++) {
            Buffer buffer = batch.buffers(i);
            if (buffer.offset() < 0 || buffer.length() < 0 || buffer.offset() > bodyLength - buffer.length()) {
                throw new IllegalStateException("a buffer outside its batch");
            }
        }
    }
}
