package dev.finetide.sft;

/// Training has gone where numbers end: the loss or its gradient is NaN or infinite. The same
/// settings lead there again.
public final class DivergedException extends RuntimeException {
    DivergedException(int step, String what, double value) {
        super("step " + step + ": " + what + " is " + value + "; a lower learning rate or more warmup may help");
    }
}
