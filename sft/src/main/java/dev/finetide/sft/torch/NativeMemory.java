package dev.finetide.sft.torch;

/// The settings of the C library's allocator, which libtorch uses. They suit a process that makes and frees
/// the same large tensors in every step. Settings in the environment win; a C library that lacks a function is
/// left alone.
///
/// glibc gives every block over 32 MB fresh pages and takes them away when the block is freed, so that all
/// pages fault again in every step. Its `mallopt` (man 3 mallopt) makes it keep them, except for blocks over
/// 64 MB of other threads than the first.
final class NativeMemory {
    private static final int M_TRIM_THRESHOLD = -1;
    private static final int M_TOP_PAD = -2;
    private static final int M_MMAP_MAX = -4;

    /// Bytes of free memory that are kept. More than the 64 MB of a heap of a thread: with less, an empty heap
    /// is given back (`heap_trim` in glibc).
    private static final int TOP_PAD = 256 << 20;

    private NativeMemory() {}

    /// Applies the settings. They take effect only before libtorch is loaded.
    static void tune() {
        mallopt("MALLOC_MMAP_MAX_", M_MMAP_MAX, 0);
        mallopt("MALLOC_TRIM_THRESHOLD_", M_TRIM_THRESHOLD, -1);
        mallopt("MALLOC_TOP_PAD_", M_TOP_PAD, TOP_PAD);
    }

    private static void mallopt(String variable, int parameter, int value) {
        if (System.getenv(variable) == null) {
            CLibrary.call("mallopt", parameter, value);
        }
    }
}
