package dev.finetide.sft.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.SafetensorsHeader;
import dev.finetide.modelfiles.TensorType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTest {
    @TempDir
    Path dir;

    @Test
    void readsWhatTheWriterWrote() throws IOException {
        Path file = dir.resolve("a.safetensors");
        float[] values = {1.5f, -2, 0, Float.MIN_VALUE, 3e38f, 1 / 3f};
        new SafetensorsWriter(TensorType.F32)
                .add("x", new long[] {2, 3}, MemorySegment.ofArray(values))
                .add("one", new long[] {}, MemorySegment.ofArray(new float[] {7}))
                .write(file);
        try (SafetensorsFile read = new SafetensorsFile(file)) {
            assertThat(read.metadata()).containsExactlyEntriesOf(Map.of("format", "pt"));
            assertThat(read.floats("x")).containsExactly(values);
            assertThat(read.floats("one")).containsExactly(7);
            assertThat(read.tensor("x").hasShape(2, 3)).isTrue();
        }
        try (Stream<Path> files = Files.list(dir)) {
            assertThat(files).containsExactly(file);
        }
    }

    /// A tensor that ends 5 GB into its file, and one behind it; the file has holes and takes no room.
    @Test
    void filesAndTensorsMayBeLargerThanFourGigabytes() throws IOException {
        long elements = 1_250_000_000L;
        long end = Float.BYTES * elements;
        byte[] header = ("{\"big\":{\"dtype\":\"F32\",\"shape\":[1250000,1000],\"data_offsets\":[0,%d]},"
                        + "\"last\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}")
                .formatted(end, end, end + 8)
                .getBytes(StandardCharsets.UTF_8);
        Path file = dir.resolve("big.safetensors");
        ByteBuffer length =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length);
        ByteBuffer tail = ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(5)
                .putFloat(6)
                .putFloat(7);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write(length.array());
            sparse.write(header);
            sparse.seek(8 + header.length + end - 4);
            sparse.write(tail.array());
        }
        try (SafetensorsFile read = new SafetensorsFile(file)) {
            assertThat(read.tensor("big").elements()).isEqualTo(elements);
            float[] piece = new float[3];
            read.readFloats("big", elements - 3, MemorySegment.ofArray(piece));
            assertThat(piece).containsExactly(0, 0, 5);
            assertThat(read.floats("last")).containsExactly(6, 7);
        }
    }

    @Test
    void bfloat16RoundsToNearestEven() throws IOException {
        Path file = dir.resolve("b.safetensors");
        float[] values = {1, 1 + 1 / 256f, 1 + 3 / 256f, 1 + 1.01f / 256, -0f, Float.POSITIVE_INFINITY, Float.NaN};
        new SafetensorsWriter(TensorType.BF16)
                .add("x", new long[] {7}, MemorySegment.ofArray(values))
                .write(file);
        try (SafetensorsFile read = new SafetensorsFile(file)) {
            assertThat(read.floats("x"))
                    .containsExactly(1, 1, 1 + 4 / 256f, 1 + 2 / 256f, -0f, Float.POSITIVE_INFINITY, Float.NaN);
        }
    }

    @Test
    void halfPrecisionIsWidened() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        data.putShort(Float.floatToFloat16(0.333f)).putShort(Float.floatToFloat16(-1024));
        Path file = file("{\"x\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", data.array());
        try (SafetensorsFile read = new SafetensorsFile(file)) {
            assertThat(read.floats("x")).containsExactly(Float.float16ToFloat(Float.floatToFloat16(0.333f)), -1024);
        }
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
    void aMalformedHeaderIsRefusedWithTheReason(String what, String header, String reason) throws IOException {
        Path file = file(header, new byte[8]);
        assertThatThrownBy(() -> new SafetensorsFile(file))
                .as(what)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(reason);
    }

    @Test
    void headerLengthsBeyondTheFileAreRefused() throws IOException {
        for (long length : new long[] {100, SafetensorsHeader.MAX_BYTES + 1, Long.MAX_VALUE, -1}) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
            Path file = Files.write(dir.resolve("h.safetensors"), bytes.array());
            assertThatThrownBy(() -> new SafetensorsFile(file)).hasMessageContaining("the header is said to have");
        }
        Path empty = Files.write(dir.resolve("empty.safetensors"), new byte[3]);
        assertThatThrownBy(() -> new SafetensorsFile(empty)).hasMessageContaining("3 bytes, too short");
    }

    /// Reading a file with any flipped bytes gives tensors or a clear error.
    @Test
    void flippedBytesNeverCrash() throws IOException {
        String header = "{\"x\":" + tensor("F32", "[2]", 0, 8) + ",\"__metadata__\":{\"format\":\"pt\"}}";
        byte[] whole = Files.readAllBytes(file(header, new byte[8]));
        Random random = new Random(3);
        for (int i = 0; i < 400; i++) {
            byte[] bytes = whole.clone();
            for (int flips = random.nextInt(3); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Path file = Files.write(dir.resolve("fuzz.safetensors"), bytes);
            try (SafetensorsFile read = new SafetensorsFile(file)) {
                read.tensors().keySet().forEach(read::bytes);
            } catch (ModelFormatException e) {
                assertThat(e).hasMessageContaining("fuzz.safetensors");
            }
        }
    }

    private Path file(String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json).put(data);
        return Files.write(dir.resolve("t.safetensors"), bytes.array());
    }
}
