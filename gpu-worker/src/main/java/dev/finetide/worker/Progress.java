package dev.finetide.worker;

import dev.finetide.proto.worker.v1.WorkerHeartbeat;
import dev.finetide.sft.torch.TorchCalls;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.LongAdder;

/// The work that this process is doing and has done, for its heartbeats. A process that hangs, in a template or in a
/// kernel, still sends heartbeats, but its progress stands still. Thread-safe.
final class Progress {
    private record Phase(String doing, LongAdder done) {}

    private final LongAdder all = new LongAdder();
    private volatile Phase phase = new Phase("starting", new LongAdder());

    /// Begins a phase.
    ///
    /// @param doing the phase in words, without anything of a row
    void begin(String doing) {
        phase = new Phase(doing, new LongAdder());
        all.increment();
    }

    /// Counts one piece of the phase as done: a row, a step.
    void count() {
        phase.done().increment();
        all.increment();
    }

    /// Notes that the process is alive and gets on, without a piece of the phase.
    void move() {
        all.increment();
    }

    /// Returns a stream whose reads count as progress.
    InputStream counted(InputStream content) {
        return new FilterInputStream(content) {
            @Override
            public int read() throws IOException {
                move();
                return super.read();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                move();
                return super.read(bytes, offset, length);
            }
        };
    }

    WorkerHeartbeat heartbeat() {
        Phase now = phase;
        long done = now.done().sum();
        return WorkerHeartbeat.newBuilder()
                .setDoing(done == 0 ? now.doing() : now.doing() + ", " + done + " done")
                .setProgress(all.sum() + TorchCalls.finished())
                .build();
    }
}
