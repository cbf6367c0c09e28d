package dev.finetide.sft;

/// Reports that training has diverged: the loss or its gradient is NaN or infinite. The same settings would diverge
/// again.
public final class DivergedException extends RuntimeException {
    DivergedException(int step, String what, double value) {
        super("step " + step + ": " + what + " is " + value + "; a lower learning rate or more warmup may help");
    }
}
