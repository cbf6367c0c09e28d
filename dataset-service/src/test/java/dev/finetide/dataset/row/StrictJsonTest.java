package dev.finetide.dataset.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.finetide.dataset.record.Rows;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Cases of JSONTestSuite's kinds: texts that a parser must accept, and texts that it must refuse.
class StrictJsonTest {
    private static JsonNode parsed(String json) {
        try {
            return StrictJson.parse(json.getBytes(StandardCharsets.UTF_8), "");
        } catch (RowFault fault) {
            throw new AssertionError(json, fault);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[]   ]",
                "[]",
                "[\"\"]",
                "[true]",
                "[null, 1, \"1\", {}]",
                "[1,null,null,null,2]",
                "[-0]",
                "[-123]",
                "[123.456e78]",
                "[0e+1]",
                "[1E-2]",
                "[123.456789]",
                "[20e1]",
                "[-0.000001]",
                "{\"asd\":\"sdf\"}",
                "{\"\":0}",
                "{\"a\":[]}",
                "{\"min\":-1.0e+28,\"max\":1.0e+28}",
                "[\"\\u0060\\u012a\\u12AB\"]",
                "[\"\\uD801\\udc37\"]",
                "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
                "[\"\\u0012\"]",
                "[\"\u007f\"]",
                "[\"€𝄞\"]",
                "[\"\\uFFFF\"]",
                "[\"\u2028\"]",
                "\"a\"",
                "42",
                "true",
                "null",
                " [] ",
                "[\"a/*b*/c\"]",
                "[123456789012345678901234567890]",
                "[-9223372036854775809]",
                "[0.1e-300]"
            })
    void whatIsJsonIsAccepted(String json) throws JsonProcessingException {
        ObjectMapper exact = JsonMapper.builder()
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .build();

        assertThat(CanonicalJson.text(parsed(json))).isEqualTo(exact.writeValueAsString(exact.readTree(json)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[1 true]",
                "[\"\": 1]",
                "[\"\"],",
                "[,1]",
                "[1,,2]",
                "[\"x\"]]",
                "[\"\",]",
                "[\"x\"",
                "[x",
                "[3[4]]",
                "[,]",
                "[-]",
                "[\"a\",\n4\n,1,",
                "[++1234]",
                "[+1]",
                "[-01]",
                "[-1.0.]",
                "[-2.]",
                "[-NaN]",
                "[.-1]",
                "[.2e-3]",
                "[0.1.2]",
                "[0.3e]",
                "[0E+]",
                "[0.e1]",
                "[1 000.0]",
                "[1eE2]",
                "[2.e3]",
                "[9.e+]",
                "[Inf]",
                "[NaN]",
                "[-Infinity]",
                "[0x1]",
                "[1.8011670033376514H-308]",
                "[012]",
                "{\"x\"::\"b\"}",
                "{key: 'value'}",
                "{\"a\":\"b\",,\"c\":\"d\"}",
                "{1:1}",
                "{\"id\":0,}",
                "{'a':0}",
                "{\"a\":/*comment*/\"b\"}",
                "{\"a\":\"a\" 123}",
                "{\"a\" b}",
                "{\"a\":\"b\"}#",
                "[\"\\x00\"]",
                "[\"\\u00A\"]",
                "[\"\\a\"]",
                "[\"\\\"]",
                "[\"a\tb\"]",
                "[\"a\nb\"]",
                "\"\\UA66D\"",
                "['x']",
                "[True]",
                "nul",
                "[\u00a0]",
                "*",
                "<null>",
                "{}}",
                "[}",
                "{]",
                "\"",
                "[\"\\ud800\"]",
                "[\"\\ud800\\u0041\"]",
                "[\"\\uDfaa\"]",
                "[\"\\u0000\"]",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"b\":1,\"b\":1}}",
                "[1e999999]",
                "[-1e400]",
                "[1e-400]",
                "[1e99999999999]",
                "[1e-99999999999]"
            })
    void whatIsNotStrictJsonIsRefusedWithoutItsText(String json) {
        assertThatThrownBy(() -> StrictJson.parse(json.getBytes(StandardCharsets.UTF_8), ""))
                .as(json)
                .isInstanceOf(RowFault.class)
                .hasMessageMatching("the row .*|\\[0] .*|a\\.?b? .*");
        assertThatThrownBy(() -> StrictJson.parse(json, "x")).isInstanceOf(RowFault.class);
    }

    @Test
    void placesInsideARowAreNamed() {
        assertThat(Rows.reason("{\"messages\":[{},{\"function\":{\"arguments\":[0,1e999]}}]}"))
                .isEqualTo(
                        "messages[1].function.arguments[1] is a number out of range: at most 1.8e308, at least 4.9e-324");
        assertThat(Rows.reason("{\"messages\":[{\"role\":{},\"role\":1}]}"))
                .isEqualTo("messages[0] has the key \"role\" twice");
        assertThat(Rows.reason("{\"a\":1,\"a\":1}")).isEqualTo("the row has the key \"a\" twice");
        assertThat(Rows.reason("{\"a b\":[\"\\ud800\"]}"))
                .isEqualTo("\"a b\"[0] has a lone surrogate (half of a UTF-16 pair)");
    }

    /// A key within a value is text of the row, unless a shape knows it.
    @Test
    void otherKeysInsideARowAreNotNamed() {
        assertThat(Rows.reason("{\"messages\":[{},{\"a\":{\"b\":[0,1e999]}}]}"))
                .isEqualTo("messages[1].*.*[1] is a number out of range: at most 1.8e308, at least 4.9e-324");
        assertThat(Rows.reason("{\"a\":{\"b\":{},\"b\":1}}")).isEqualTo("a has a key twice");
    }

    @Test
    void absurdRowsAreRefusedByTheirLimits() {
        for (String absurd : new String[] {
            "{\"a\":".repeat(100) + "1" + "}".repeat(100),
            "[".repeat(65) + "]".repeat(65),
            "{\"" + "k".repeat(1001) + "\":1}",
            "[" + "9".repeat(1001) + "]",
            "[" + "1.".concat("9".repeat(1001)) + "]",
            "[" + "1,".repeat(500_001) + "1]"
        }) {
            assertThatThrownBy(() -> StrictJson.parse(absurd.getBytes(StandardCharsets.UTF_8), ""))
                    .hasMessageStartingWith("the row is nested deeper than 64 levels, has a key longer than");
        }
        assertThat(parsed("[".repeat(64) + "]".repeat(64)).isArray()).isTrue();
    }

    @Test
    void wholeNumbersAreExactAndDecimalsKeepTheirDigits() {
        assertThat(CanonicalJson.text(parsed("[123456789012345678901234567890,1.10,1e5,-0,0.1]")))
                .isEqualTo("[123456789012345678901234567890,1.10,1E+5,0,0.1]");
    }

    @Test
    void malformedUtf8IsRefusedInEveryForm() {
        for (int[] malformed : new int[][] {
            {0x80}, {0xC0, 0x80}, {0xC1, 0xBF}, {0xE0, 0x80, 0x80}, {0xED, 0xA0, 0x80}, {0xF0, 0x80, 0x80, 0x80},
            {0xF4, 0x90, 0x80, 0x80}, {0xF5, 0x80, 0x80, 0x80}, {0xFE}, {0xFF}, {0xE2, 0x82}, {0xC3}
        }) {
            byte[] row = "{\"prompt\":\"é????\",\"completion\":\"b\"}".getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < malformed.length; i++) {
                row[13 + i] = (byte) malformed[i];
            }
            assertThat(Rows.reason(Rows.jsonl(row).getFirst())).contains("is not UTF-8 at byte offset 13");
        }
    }
}
