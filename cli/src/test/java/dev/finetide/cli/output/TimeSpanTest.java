package dev.finetide.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeSpanTest {
    @ParameterizedTest
    @CsvSource({
        "20m, 1200",
        "20 min, 1200",
        "20, 1200",
        "90s, 90",
        "2h, 7200",
        "1h30m, 5400",
        "1h90s, 3690",
        "1h30m5s, 5405"
    })
    void spansAreSeconds(String text, long seconds) {
        assertThat(new TimeSpan().convert(text).toSeconds()).isEqualTo(seconds);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "0m", "-5m", "m", "5d", "30m1h"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> new TimeSpan().convert(text))
                .hasMessage("expected a time such as 20m, 90s or 1h30m, got '" + text + "'");
    }
}
