package dev.finetide.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemorySizeTest {
    @ParameterizedTest
    @CsvSource({
        "6000000000, 6000000000",
        "6GB, 6000000000",
        "6G, 6000000000",
        "1.5GiB, 1610612736",
        "512MiB, 536870912",
        "10kB, 10000",
        "2TiB, 2199023255552"
    })
    void sizesAreBytes(String text, long bytes) {
        assertThat(new MemorySize().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GB", "-1GB", "6 GB", "6PB", "6iB", "1e9"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> new MemorySize().convert(text))
                .hasMessageContaining("expected a size such as 6GB")
                .hasMessageContaining("'" + text + "'");
    }
}
