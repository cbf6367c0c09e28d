package dev.finetide.modelfiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsHeaderTest {
    private static final String TWO = "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2,2],\"data_offsets\":[8,16]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";

    private static SafetensorsHeader read(byte[] file) throws IOException {
        return SafetensorsHeader.read("m.safetensors", new ByteArrayInputStream(file), file.length);
    }

    /// @param data bytes after the header
    private static byte[] file(String header, int data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    @Test
    void aWholeFilePasses() throws IOException {
        SafetensorsHeader header = read(file(TWO, 16));

        assertThat(header.dataStart()).isEqualTo(8 + TWO.length());
        assertThat(header.metadata()).isEqualTo(Map.of("format", "pt"));
        assertThat(header.tensors())
                .containsExactly(
                        Map.entry("b", new TensorInfo("b", TensorType.BF16, List.of(2L, 2L), 8, 16)),
                        Map.entry("a", new TensorInfo("a", TensorType.F32, List.of(2L), 0, 8)));
        read(file("{\"s\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]}}   ", 8));
        read(file("{\"e\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0));
        read(file("{}", 0));
    }

    @Test
    void everyCutIsSeen() {
        byte[] whole = file(TWO, 16);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageStartingWith("m.safetensors: ");
        }
    }

    /// Both of the parsers that this one replaced were tested with such files; these are the cases of the registry.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | 0 | header is not a JSON object",
                "{\"a\" | 0 | header is not JSON",
                "{\"a\":{}} | 0 | needs dtype, shape and two data_offsets",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 | header is not JSON",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | 8 | takes 12 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | 8 | shape holds something that is no natural number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]}} | 8 | overflows",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}} | 4 | data_offsets holds something that is no natural number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 8 | nothing covers it from 0",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}} | 6 | the one before it ends at 4",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 8 | the tensors end at byte 4 of the data, which has 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,99999999999999999999]}} | 4 | no natural number",
            })
    void headersThatLieAreRefused(String header, int data, String problem) {
        assertThatThrownBy(() -> read(file(header, data)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(problem);
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                Arguments.of("not an object", "[1]", "does not start with '{'"),
                Arguments.of("not JSON", "{\"x\":", "not JSON"),
                Arguments.of("goes on", "{} {}", "goes on after"),
                Arguments.of(
                        "duplicate",
                        "{\"x\":" + tensor("F32", "[2]", 0, 8) + ",\"x\":" + tensor("F32", "[2]", 0, 8) + "}",
                        "Duplicate"),
                Arguments.of(
                        "overlap",
                        "{\"x\":" + tensor("F32", "[2]", 0, 8) + ",\"y\":" + tensor("F32", "[1]", 4, 8) + "}",
                        "the one before it ends at 8"),
                Arguments.of("hole", "{\"x\":" + tensor("F32", "[1]", 4, 8) + "}", "nothing covers it from 0"),
                Arguments.of(
                        "past the end",
                        "{\"x\":" + tensor("F32", "[4]", 0, 16) + "}",
                        "ends at byte 16 of the data, which has 8"),
                Arguments.of(
                        "trailing bytes", "{\"x\":" + tensor("F32", "[1]", 0, 4) + "}", "the tensors end at byte 4"),
                Arguments.of(
                        "wrong size",
                        "{\"x\":" + tensor("F32", "[3]", 0, 8) + "}",
                        "takes 12 bytes, data_offsets span 8"),
                Arguments.of("negative", "{\"x\":" + tensor("F32", "[-2]", 0, 8) + "}", "no natural number"),
                Arguments.of("fraction", "{\"x\":" + tensor("F32", "[2.0]", 0, 8) + "}", "no natural number"),
                Arguments.of(
                        "too big",
                        "{\"x\":" + tensor("F32", "[99999999999999999999]", 0, 8) + "}",
                        "no natural number"),
                Arguments.of("overflow", "{\"x\":" + tensor("F32", "[4611686018427387904,4]", 0, 8) + "}", "overflows"),
                Arguments.of("begin after end", "{\"x\":" + tensor("F32", "[2]", 8, 0) + "}", "data_offsets span -8"),
                Arguments.of("unknown dtype", "{\"x\":" + tensor("F4", "[2]", 0, 8) + "}", "unsupported dtype F4"),
                Arguments.of("unknown field", "{\"x\":{\"colour\":1}}", "unknown field \"colour\""),
                Arguments.of("missing field", "{\"x\":{\"dtype\":\"F32\"}}", "needs dtype, shape and two data_offsets"),
                Arguments.of("no object", "{\"x\":3}", "\"x\" is not an object"),
                Arguments.of("nested metadata", "{\"__metadata__\":{\"a\":{}}}", "__metadata__.a is not a string"),
                Arguments.of(
                        "many dimensions",
                        "{\"x\":" + tensor("F32", "[" + "1,".repeat(20) + "2]", 0, 8) + "}",
                        "more than 16"));
    }

    private static String tensor(String type, String shape, long begin, long end) {
        return "{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}".formatted(type, shape, begin, end);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void aMalformedHeaderIsRefusedWithTheReason(String what, String header, String reason) {
        assertThatThrownBy(() -> read(file(header, 8)))
                .as(what)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("m.safetensors: ")
                .hasMessageContaining(reason);
    }

    @Test
    void aHugeLengthIsRefusedBeforeItIsAllocated() {
        byte[] file = file("{}", 0);
        file[7] = 0x7f;

        assertThatThrownBy(() -> read(file)).hasMessageContaining("the header is said to have");
        assertThat(file).hasSize(10);
    }

    @Test
    void aLengthBeyondTheFileOrTheLimitIsRefused() {
        for (long length : new long[] {100, SafetensorsHeader.MAX_BYTES + 1, Long.MAX_VALUE, -1}) {
            byte[] bytes = ByteBuffer.allocate(10)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(length)
                    .array();
            assertThatThrownBy(() -> read(bytes)).hasMessageContaining("the header is said to have");
        }
        assertThatThrownBy(() -> read(new byte[3])).hasMessageContaining("3 bytes, too short");
    }

    @Test
    void moreTensorsThanAnyModelHasAreRefused() {
        String tensors = IntStream.rangeClosed(0, 100_000)
                .mapToObj(i -> "\"" + i + "\":" + tensor("F32", "[0]", 0, 0))
                .collect(Collectors.joining(","));

        assertThatThrownBy(() -> read(file("{" + tensors + "}", 0)))
                .hasMessageContaining("the header names more than 100000 tensors");
    }

    @Test
    void namesInMessagesAreShortAndPrintable() {
        String name = "evil\\u001b[31m\\u202e" + "x".repeat(1000);

        assertThatThrownBy(() -> read(file("{\"" + name + "\":3}", 0)))
                .hasMessageStartingWith("m.safetensors: \"evil?[31m?xxx")
                .extracting(Throwable::getMessage)
                .satisfies(message -> assertThat(message).hasSizeLessThan(300));
        assertThatThrownBy(() -> read(file("{\"x\":{\"dtype\":\"" + name + "\"}}", 0)))
                .hasMessageContaining("unsupported dtype evil?[31m?xxx")
                .extracting(Throwable::getMessage)
                .satisfies(message -> assertThat(message).hasSizeLessThan(300));
    }
}
