package dev.finetide.sft.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Test;

class TorchRuntimeTest {
    /// Without it everything works as well, in fp32 at half the speed: nothing else would tell.
    @Test
    void libtorchForThisProcessorHasOneDnn() {
        assumeThat(System.getProperty("os.arch"))
                .as("libtorch comes with oneDNN there")
                .isEqualTo("amd64");
        assertThat(TorchRuntime.hasOneDnn()).isTrue();
    }
}
