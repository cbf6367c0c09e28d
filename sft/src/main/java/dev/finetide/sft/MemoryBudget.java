package dev.finetide.sft;

import dev.finetide.sft.torch.TorchRuntime;
import java.util.Locale;

/// The main memory that a run may hold at its peak. A run that needs more is refused as soon as its need is known,
/// if possible before the memory is allocated.
///
/// @param bytes limit in bytes; 0 for all memory of the machine or the container
record MemoryBudget(long bytes) {
    /// Refuses an allocation that does not fit on top of the memory that this process holds now.
    ///
    /// @param purpose name of the allocation in the error message, in the plural
    /// @param more bytes of the allocation
    /// @throws IllegalArgumentException with all numbers, when the sum is above the limit
    void requireRoom(String purpose, long more) {
        long now = TorchRuntime.residentBytes();
        require(now + more, "%s take %s on top of %s".formatted(purpose, size(more), size(now)));
    }

    /// Refuses a measured peak that is above the limit.
    ///
    /// @param peak measured bytes
    void require(long peak, String why) {
        long limit = limit();
        if (peak > limit) {
            throw new IllegalArgumentException("memoryBudget is %s%s, expected at least %s: %s"
                    .formatted(size(limit), bytes > 0 ? "" : " (all there is)", size(peak), why));
        }
    }

    /// Returns the limit in bytes.
    long limit() {
        return bytes > 0 ? bytes : TorchRuntime.machineBytes();
    }

    private static String size(long bytes) {
        return bytes < 1 << 30
                ? String.format(Locale.ROOT, "%.0f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }
}
