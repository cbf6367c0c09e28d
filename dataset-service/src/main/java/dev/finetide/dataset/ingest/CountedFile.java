package dev.finetide.dataset.ingest;

import dev.finetide.dataset.record.RecordFile;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A file whose bytes are counted as they are read.
record CountedFile(RecordFile file, ImportCounter counter) implements RecordFile {
    @Override
    public String path() {
        return file.path();
    }

    @Override
    public long sizeBytes() {
        return file.sizeBytes();
    }

    @Override
    public InputStream open() throws IOException {
        return new FilterInputStream(file.open()) {
            @Override
            public int read() throws IOException {
                int read = super.read();
                counter.bytes(read < 0 ? 0 : 1);
                return read;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int read = super.read(bytes, offset, length);
                counter.bytes(Math.max(0, read));
                return read;
            }
        };
    }
}
