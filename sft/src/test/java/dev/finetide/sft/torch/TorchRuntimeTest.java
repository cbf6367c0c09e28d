package dev.finetide.sft.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Test;

class TorchRuntimeTest {
    /// libtorch without oneDNN computes everything as well, in fp32 at half the speed, and nothing else would
    /// show it.
    @Test
    void libtorchForThisProcessorHasOneDnn() {
        assumeThat(System.getProperty("os.arch"))
                .as("libtorch comes with oneDNN there")
                .isEqualTo("amd64");
        assertThat(TorchRuntime.hasOneDnn()).isTrue();
    }
}
