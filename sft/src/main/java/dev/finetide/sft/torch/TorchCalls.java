package dev.finetide.sft.torch;

import java.util.concurrent.atomic.LongAdder;

/// The calls of libtorch programs that this process has finished. The number of a process whose kernel hangs stands
/// still. Asking for the number does not start libtorch.
public final class TorchCalls {
    private static final LongAdder FINISHED = new LongAdder();

    private TorchCalls() {}

    static void finish() {
        FINISHED.increment();
    }

    public static long finished() {
        return FINISHED.sum();
    }
}
