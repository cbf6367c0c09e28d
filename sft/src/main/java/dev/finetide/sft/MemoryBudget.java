package dev.finetide.sft;

import dev.finetide.sft.torch.TorchRuntime;
import java.util.Locale;

/// What a run may hold of the processor's memory at its peak: refused with numbers as soon as they
/// are known, and before the memory is asked for where they are known before.
///
/// @param bytes 0 for what the machine or the container has
record MemoryBudget(long bytes) {
    /// @param purpose what is to come
    /// @param more bytes that it takes on top of what this process holds now
    /// @throws IllegalArgumentException with all numbers, when that is too much
    void requireRoom(String purpose, long more) {
        long now = TorchRuntime.residentBytes();
        require(now + more, "%s take %s on top of %s".formatted(purpose, size(more), size(now)));
    }

    /// @param peak bytes that were measured
    void require(long peak, String why) {
        long limit = bytes > 0 ? bytes : TorchRuntime.machineBytes();
        if (peak > limit) {
            throw new IllegalArgumentException("memoryBudget is %s%s, expected at least %s: %s"
                    .formatted(size(limit), bytes > 0 ? "" : " (all there is)", size(peak), why));
        }
    }

    private static String size(long bytes) {
        return bytes < 1 << 30
                ? String.format(Locale.ROOT, "%.0f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }
}
