package dev.finetide.dataset.ingest;

import dev.finetide.dataset.record.RecordFile;
import dev.finetide.dataset.source.CountedStream;
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
        return new CountedStream(file.open(), counter::bytes);
    }
}
