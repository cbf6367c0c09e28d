package dev.finetide.dataset.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files of these tests were written by pyarrow 26.
class TypedCutsTest {
    private static final List<String> CHAT = List.of(
            "{\"messages\":[{\"role\":\"system\",\"content\":\"be short\"},{\"role\":\"user\",\"content\":\"q1 é€😀\"},"
                    + "{\"role\":\"assistant\",\"content\":\"a1\"}]}",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"q2\"},{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c1\","
                    + "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":{\"x\":1}}}]},{\"role\":\"tool\","
                    + "\"content\":\"r\",\"tool_call_id\":\"c1\"},{\"role\":\"assistant\",\"content\":\"a2\"}],\"tools\":[{"
                    + "\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":"
                    + "\"object\",\"properties\":{\"x\":{\"type\":\"integer\"}}}}}]}");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "chat-none.parquet",
                "chat-snappy.parquet",
                "chat-gzip.parquet",
                "chat-zstd.parquet",
                "chat-lz4.parquet",
                "chat-v2.parquet",
                "stream.arrow",
                "file.arrow",
                "file-lz4.arrow",
                "file-zstd.arrow",
            })
    void nestedRowsArePaddedWithNullAndEqualToThoseOfJsonLines(String file) {
        List<Rows.Outcome> rows = Rows.resource(file, ReadOptions.getDefaultInstance());

        assertThat(Rows.jsons(rows)).isEqualTo(CHAT).isEqualTo(Rows.jsons(Rows.jsonl(CHAT.toArray(String[]::new))));
        assertThat(rows).extracting(Rows.Outcome::record).containsExactly(1L, 2L);
        assertThat(rows).extracting(Rows.Outcome::line).containsExactly(0L, 0L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kinds.parquet", "kinds.arrow"})
    void valuesOfEveryTypeBecomeJson(String file) {
        JsonNode first = Rows.records(file, Rows.resource(file)).getFirst();
        JsonNode second = Rows.records(file, Rows.resource(file)).get(1);

        assertThat(first.toString())
                .startsWith(
                        "{\"prompt\":\"p1\",\"completion\":\"c1\",\"n\":1,\"u8\":1,\"f\":0.1,\"f4\":0.1,\"b\":true,")
                .contains("\"large\":\"x\",")
                .contains("\"bin\":\"x\",\"l\":[1,2],\"ll\":[\"x\"],\"fsl\":[1,2],\"m\":{\"k\":\"v\"},")
                .contains(
                        "\"s\":{\"a\":1,\"b\":{\"c\":\"d\"}},\"dec\":1.00,\"date\":\"1970-01-01\",\"ts\":\"1970-01-01T00:00")
                .endsWith("\"nul\":null}");
        assertThat(second.get("n").longValue()).isEqualTo(1L << 62);
        assertThat(second.get("u8").asText()).isEqualTo("18446744073709551615");
        assertThat(second.get("f").toString()).isEqualTo("10000000.0");
        assertThat(second.get("l")).isEmpty();
        assertThat(second.get("ll").isNull()).isTrue();
    }

    /// Flips and cuts bytes at random. Whatever comes out, it comes soon, and it is rows or a refusal.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "chat-snappy.parquet",
                "chat-v2.parquet",
                "kinds.parquet",
                "kinds.arrow",
                "stream.arrow",
                "file-lz4.arrow",
                "file-zstd.arrow"
            })
    void damagedFilesAreRefusedAndNeverHang(String file) {
        byte[] whole = Rows.resource(file);
        Random random = new Random(24);
        List<String> kinds = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            byte[] damaged = i % 5 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int flips = random.nextInt(4); flips >= 0 && damaged.length > 8; flips--) {
                damaged[8 + random.nextInt(damaged.length - 8)] =
                        (byte) (random.nextBoolean() ? random.nextInt(256) : 0xFF);
            }
            kinds.add(assertTimeoutPreemptively(Duration.ofSeconds(60), () -> outcome(file, damaged)));
        }

        assertThat(Set.copyOf(kinds)).isSubsetOf("rows", "refused").contains("refused");
    }

    private static String outcome(String file, byte[] damaged) {
        try {
            if (ParquetCuts.isParquet(damaged)) {
                readParquet(file, damaged);
            } else {
                Rows.read(file, damaged, ReadOptions.getDefaultInstance());
            }
            return "rows";
        } catch (ApiException refused) {
            assertThat(refused.getMessage()).startsWith(file + ": ");
            return "refused";
        }
    }

    /// Reads Parquet, and waits for the library for a second only.
    private static void readParquet(String name, byte[] bytes) {
        OpenedFile file = new OpenedFile(
                name,
                new ByteArrayInputStream(bytes),
                Sample.of(name, bytes, true, "", "", ""),
                Path.of("target"),
                Optional.empty());
        try (Cutting cutting = ParquetCuts.open(file, Duration.ofSeconds(1))) {
            while (cutting.next().isPresent()) {
                // Reads to the end.
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// A file of the damaged ones on which hardwood 1.0.1 copies nothing for ever. Each reading would keep a processor
    /// from the virtual threads of all others.
    @Test
    void aFileThatTheLibraryNeverReadsIsRefusedAndKeepsNoProcessor() throws InterruptedException {
        byte[] stalled = Rows.resource("stalled.parquet");

        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            assertThatThrownBy(() -> readParquet("a.parquet", stalled))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("a.parquet: it is damaged Parquet");
        }

        assertThat(Thread.interrupted()).isFalse();
        Thread other = Thread.startVirtualThread(() -> {});
        assertThat(other.join(Duration.ofMinutes(3))).isTrue();
    }

    @Test
    void aFileThatIsCutSaysSo() {
        byte[] parquet = Rows.resource("kinds.parquet");
        byte[] arrow = Rows.resource("stream.arrow");

        assertThatThrownBy(() -> Rows.read(
                        "a.parquet", Arrays.copyOf(parquet, parquet.length / 2), ReadOptions.getDefaultInstance()))
                .isInstanceOf(ApiException.class)
                .hasMessage("a.parquet: it is damaged Parquet: its footer, pages or sizes are wrong");
        assertThatThrownBy(() ->
                        Rows.read("a.arrow", Arrays.copyOf(arrow, arrow.length / 2), ReadOptions.getDefaultInstance()))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("a.arrow: it is Arrow IPC that ends early");
    }
}
