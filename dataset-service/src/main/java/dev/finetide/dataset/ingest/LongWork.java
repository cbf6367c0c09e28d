package dev.finetide.dataset.ingest;

import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ImportProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Makes a version on a thread of its own, and tells about its progress each second; the last message has the version.
/// The work goes on to its end if the client goes away: it may commit at any moment, and the client's next call with
/// the same request id gets the answer.
public final class LongWork implements WatchSource<ImportProgress> {
    /// Makes the version.
    public interface Making {
        DatasetVersion make(ImportCounter counter) throws Exception;
    }

    private final ImportCounter counter = new ImportCounter();
    private final FutureTask<DatasetVersion> work;
    private boolean told;

    public LongWork(Making making) {
        this.work = new FutureTask<>(() -> making.make(counter));
        Thread.ofVirtual().name("dataset-version").start(work);
    }

    @Override
    public boolean hasNext() {
        return !told;
    }

    @Override
    public ImportProgress next() {
        if (told) {
            throw new NoSuchElementException();
        }
        try {
            DatasetVersion version = work.get(1, TimeUnit.SECONDS);
            told = true;
            return counter.now().toBuilder().setDatasetVersion(version).build();
        } catch (TimeoutException goesOn) {
            return counter.now();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case IOException failure -> throw new UncheckedIOException(failure);
                case Error failure -> throw failure;
                default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the call is over", over);
        }
    }
}
