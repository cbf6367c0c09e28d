package dev.finetide.sft.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
    private static final Path STAT = Path.of("/proc/self/stat");

    /// 48 MB: glibc maps what is over 32 MB, and for a thread that is not the first what is over 64.
    private static final long ELEMENTS = 12L << 20;

    private static final long PAGES = ELEMENTS * Float.BYTES / 4096;

    /// Page faults of this process that needed no disk: proc(5), field 10.
    private static long faults() throws IOException {
        String stat = Files.readString(STAT);
        return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[7]);
    }

    @Test
    void pagesOfLargeTensorsAreUsedAgain() throws IOException {
        assumeThat(STAT).as("Linux tells a process its page faults").exists();
        try (PtNDManager manager = TorchRuntime.newManager()) {
            // glibc looks for a little more room than an aligned block leaves behind: it takes some until one
            // fits.
            long before = 0;
            for (int i = 0; i < 20; i++) {
                before = faults();
                manager.zeros(new Shape(ELEMENTS)).close();
            }
            assertThat(faults() - before).isLessThan(PAGES / 2);
        }
    }
}
