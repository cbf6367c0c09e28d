package dev.finetide.dataset.ingest;

import dev.finetide.proto.dataset.v1.ImportProgress;
import java.util.concurrent.atomic.AtomicLong;

/// Counts what an import has done so far, for the client that waits. One thread counts, another reads.
public final class ImportCounter {
    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicLong bytesTotal = new AtomicLong();
    private final AtomicLong rowsRead = new AtomicLong();
    private volatile String step = "";

    public void bytes(long more) {
        bytesRead.addAndGet(more);
    }

    /// Begins a step of the work.
    ///
    /// @param name name for people: "fetching", "reading", "dedupe near"
    /// @param bytes number of bytes that the step will read; 0 if it is not known
    public void step(String name, long bytes) {
        step = name;
        bytesRead.set(0);
        bytesTotal.set(bytes);
    }

    public void rows(long more) {
        rowsRead.addAndGet(more);
    }

    public ImportProgress now() {
        return ImportProgress.newBuilder()
                .setBytesRead(bytesRead.get())
                .setBytesTotal(bytesTotal.get())
                .setRowsRead(rowsRead.get())
                .setStep(step)
                .build();
    }
}
