package dev.finetide.training;

import com.google.protobuf.ByteString;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunLogChunk;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;

/// Reads the log that a run's workers have written so far, attempt by attempt, in chunks.
final class RunLog implements WatchSource<TrainingRunLogChunk> {
    private static final int CHUNK_BYTES = 32 << 10;

    private final TrainingRuns runs;
    private final TrainingRun run;
    private int attempt = 0;
    private InputStream log = InputStream.nullInputStream();
    private byte[] chunk = {};

    RunLog(TrainingRuns runs, TrainingRun run) {
        this.runs = runs;
        this.run = run;
    }

    @Override
    public boolean hasNext() {
        try {
            while (chunk.length == 0) {
                chunk = log.readNBytes(CHUNK_BYTES);
                if (chunk.length == 0) {
                    if (attempt == run.getAttempt()) {
                        return false;
                    }
                    log.close();
                    attempt++;
                    log = runs.log(run.getName(), attempt);
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the log of attempt " + attempt + " of " + run.getName(), e);
        }
    }

    @Override
    public TrainingRunLogChunk next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        TrainingRunLogChunk next = TrainingRunLogChunk.newBuilder()
                .setAttempt(attempt)
                .setData(ByteString.copyFrom(chunk))
                .build();
        chunk = new byte[0];
        return next;
    }

    @Override
    public void close() {
        try {
            log.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
