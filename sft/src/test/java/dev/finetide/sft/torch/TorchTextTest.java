package dev.finetide.sft.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TorchTextTest {
    @Test
    void valuesAreWrittenAsTorchScriptReadsThem() {
        Map<String, Object> values = Map.of(
                "K",
                8,
                "KINDS",
                List.of(0, 1),
                "EPS",
                1e-5,
                "FULL",
                false,
                "CALL",
                "f($1, \\x)",
                "RATIOS",
                List.of(1.0));
        assertThat(TorchText.fill("$KINDS $K $EPS if $FULL: $CALL $RATIOS", values))
                .isEqualTo("[0, 1] 8 1.0e-5 if False: f($1, \\x) [1.0]");
    }

    @Test
    void namesAndValuesHaveToMatch() {
        assertThatThrownBy(() -> TorchText.fill("$KIND", Map.of("K", 1))).hasMessage("no value for $KIND");
        assertThatThrownBy(() -> TorchText.fill("$K", Map.of("K", 1, "L", 2))).hasMessage("the text has no [L]");
    }
}
