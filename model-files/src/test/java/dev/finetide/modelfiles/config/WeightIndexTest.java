package dev.finetide.modelfiles.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.finetide.modelfiles.ModelFormatException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightIndexTest {
    private static WeightIndex read(String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return WeightIndex.read("index", new ByteArrayInputStream(bytes), bytes.length);
    }

    @Test
    void theMapIsReadAndTheRestIsSkipped() throws IOException {
        WeightIndex index = read("""
                {"metadata": {"total_size": 12, "weight_map": 3},
                 "weight_map": {"b": "1.safetensors", "a": "2.safetensors", "c": "1.safetensors"}, "more": [[1]]}""");

        assertThat(index.shards())
                .containsExactly(
                        Map.entry("b", "1.safetensors"),
                        Map.entry("a", "2.safetensors"),
                        Map.entry("c", "1.safetensors"));
        assertThat(index.shards().get("b"))
                .as("held once")
                .isSameAs(index.shards().get("c"));
    }

    @Test
    void aHugeIndexIsRefusedUnread() {
        InputStream unread = new InputStream() {
            @Override
            public int read() {
                throw new AssertionError("read");
            }
        };

        assertThatThrownBy(() -> WeightIndex.read("index", unread, 40 << 20))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("index: 41943040 bytes, at most 16777216 are accepted");
    }

    @Test
    void moreTensorsThanAnyModelHasAreRefused() throws IOException {
        String map = IntStream.rangeClosed(0, WeightIndex.MAX_TENSORS)
                .mapToObj(i -> "\"" + i + "\":\"m\"")
                .collect(Collectors.joining(","));

        assertThatThrownBy(() -> read("{\"weight_map\":{" + map + "}}"))
                .hasMessage("index: weight_map: more than 100000 tensors");
        assertThat(read("{\"weight_map\":{" + map.substring(0, map.lastIndexOf(',')) + "}}")
                        .shards())
                .hasSize(WeightIndex.MAX_TENSORS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | expected a JSON object",
                "{} | weight_map: expected an object, found nothing",
                "{\"weight_map\": 7} | weight_map: expected an object",
                "{\"weight_map\": {\"a\": null}} | weight_map: expected the name of a file for each tensor",
                "{\"weight_map\": {\"a\": {\"b\": \"c\"}}} | weight_map: expected the name of a file for each tensor",
            })
    void anotherFormIsRefused(String json, String problem) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void longNamesAndBrokenJsonAreRefused() {
        assertThatThrownBy(() -> read("{\"weight_map\": {\"" + "a".repeat(501) + "\": \"b\"}}"))
                .hasMessageContaining("more than 500 characters");
        assertThatThrownBy(() -> read("{\"weight_map\": {\"a\": \"b\", \"a\": \"b\"}}"))
                .isInstanceOf(JsonProcessingException.class);
        assertThatThrownBy(() -> read("{\"weight_map\": {\"a\"")).isInstanceOf(JsonProcessingException.class);
    }
}
