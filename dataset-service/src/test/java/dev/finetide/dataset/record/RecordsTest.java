package dev.finetide.dataset.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadFile;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordsTest {
    private static final String ROW = "{\"prompt\":\"a\",\"completion\":\"é\"}";
    private static final ReadOptions COLUMNS = ReadOptions.newBuilder()
            .setPromptTemplate("{a}")
            .setCompletionTemplate("{b}")
            .build();

    private static ReadFile description(String path, byte[] file, ReadOptions options) {
        try (Records records = Rows.open(path, () -> new ByteArrayInputStream(file), options)) {
            return records.description();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static ReadFile description(String path, String file) {
        return description(path, file.getBytes(StandardCharsets.UTF_8), ReadOptions.getDefaultInstance());
    }

    private static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return packed.toByteArray();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "a.jsonl   ~ {\"a\":1}",
                "train     ~ {\"a\":1}",
                "a.json    ~ {\"a\":1}",
                "a.txt     ~ {\"a\":1}",
            })
    void jsonLinesAreFoundByTheirFirstLine(String path, String file) {
        assertThat(description(path, file).getContainer()).isEqualTo("jsonl");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "a.csv  ~ a,b                 ~ csv ~ ,",
                "a.csv  ~ a;b/1,5;2/2,5;3     ~ csv ~ ;",
                "a.txt  ~ a|b/1|2             ~ csv ~ |",
                "train  ~ text,label/\"x;y;z\",1 ~ csv ~ ,",
                "a.csv  ~ one                 ~ csv ~ ,",
            })
    void delimitersAreFound(String path, String file, String container, String delimiter) {
        ReadFile found = description(path, file.replace('/', '\n'));

        assertThat(found.getContainer()).isEqualTo(container);
        assertThat(found.getDelimiter()).isEqualTo(delimiter);
    }

    @Test
    void tabsMakeTsv() {
        assertThat(description("a.csv", "a\tb\n1\t2,3\n").getContainer()).isEqualTo("tsv");
        assertThat(description("a.tsv", "a,b\n").getDelimiter()).isEqualTo("\t");
        assertThat(Rows.jsons(Rows.read("a.tsv", "a\tb\n1\t2,3\n".getBytes(StandardCharsets.UTF_8), COLUMNS)))
                .containsExactly("{\"prompt\":\"1\",\"completion\":\"2,3\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE"})
    void aByteOrderMarkTellsTheEncoding(String encoding) {
        byte[] file = ("\ufeff" + ROW + "\n" + ROW).getBytes(Charset.forName(encoding));

        assertThat(description("a.jsonl", file, ReadOptions.getDefaultInstance())
                        .getEncoding())
                .isEqualToIgnoringCase(encoding);
        assertThat(Rows.jsons(Rows.jsonl(file))).containsExactly(ROW, ROW);
    }

    @Test
    void utf16IsFoundWithoutAMarkToo() {
        assertThat(Rows.jsons(Rows.jsonl(ROW.getBytes(StandardCharsets.UTF_16LE))))
                .containsExactly(ROW);
    }

    @Test
    void westernTextIsFoundAndSaid() {
        byte[] file = "a,b\ncafé,“x”\nnaïve,y\n".getBytes(Charset.forName("windows-1252"));

        assertThat(description("a.csv", file, COLUMNS).getEncoding()).isEqualTo("windows-1252");
        assertThat(Rows.jsons(Rows.read("a.csv", file, COLUMNS)))
                .containsExactly(
                        "{\"prompt\":\"café\",\"completion\":\"“x”\"}", "{\"prompt\":\"naïve\",\"completion\":\"y\"}");
    }

    @Test
    void textOfAnotherAlphabetIsNotTakenForWestern() {
        byte[] file = "a,b\nпривет,мир\n".getBytes(Charset.forName("windows-1251"));
        ReadOptions named = COLUMNS.toBuilder().setEncoding("windows-1251").build();

        assertThat(Rows.reason(Rows.read("a.csv", file, COLUMNS).getFirst())).contains("--encoding");
        assertThat(Rows.jsons(Rows.read("a.csv", file, named)))
                .containsExactly("{\"prompt\":\"привет\",\"completion\":\"мир\"}");
    }

    @Test
    void aByteThatTheNamedEncodingLacksCostsOneRow() {
        byte[] file = "a,b\nx?,1\ny,2\n".getBytes(StandardCharsets.US_ASCII);
        file[5] = (byte) 0x81;
        ReadOptions named = COLUMNS.toBuilder().setEncoding("windows-1252").build();

        List<Rows.Outcome> rows = Rows.read("a.csv", file, named);

        assertThat(Rows.reason(rows.getFirst()))
                .contains("a is not windows-1252")
                .contains("--encoding");
        assertThat(rows.get(1)).isInstanceOf(Rows.Accepted.class);
        assertThatThrownBy(() -> Rows.read(
                        "a.csv", file, COLUMNS.toBuilder().setEncoding("utf-99").build()))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("encoding: no encoding has this name");
    }

    @Test
    void compressionIsFoundAroundEveryContainer() {
        byte[] rows = (ROW + "\n" + ROW).getBytes(StandardCharsets.UTF_8);
        byte[] parquet = Rows.resource("chat-snappy.parquet");
        byte[] twoMembers = concatenated(gzip((ROW + "\n").getBytes(StandardCharsets.UTF_8)), gzip(rows));

        assertThat(description("a.jsonl.gz", gzip(rows), ReadOptions.getDefaultInstance())
                        .getCompression())
                .isEqualTo("gzip");
        assertThat(Rows.jsons(Rows.jsonl(gzip(rows)))).containsExactly(ROW, ROW);
        assertThat(Rows.jsons(Rows.jsonl(Zstd.compress(rows)))).containsExactly(ROW, ROW);
        assertThat(Rows.jsons(Rows.jsonl(twoMembers))).hasSize(3);
        assertThat(Rows.jsons(Rows.jsonl(concatenated(
                        Zstd.compress((ROW + "\n").getBytes(StandardCharsets.UTF_8)), Zstd.compress(rows)))))
                .hasSize(3);
        assertThat(Rows.read("a.parquet.zst", Zstd.compress(parquet), ReadOptions.getDefaultInstance()))
                .hasSize(2)
                .allMatch(row -> row instanceof Rows.Accepted);
        assertThat(Rows.read("a.arrow.gz", gzip(Rows.resource("stream.arrow")), ReadOptions.getDefaultInstance()))
                .hasSize(2)
                .allMatch(row -> row instanceof Rows.Accepted);
    }

    private static byte[] concatenated(byte[] one, byte[] two) {
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        return both;
    }

    @Test
    void membersOfAGzipFileAreReadThoughTheStreamSaysThatNothingIsAvailable() {
        byte[] member = gzip((ROW + "\n").getBytes(StandardCharsets.UTF_8));
        byte[] file = concatenated(concatenated(member, member), member);

        List<Rows.Outcome> rows = Rows.read(
                "a.jsonl.gz",
                () -> new ByteArrayInputStream(file) {
                    @Override
                    public synchronized int available() {
                        return 0;
                    }

                    @Override
                    public synchronized int read(byte[] bytes, int offset, int length) {
                        return super.read(bytes, offset, Math.min(length, 7));
                    }
                },
                ReadOptions.getDefaultInstance(),
                SplitRules.getDefaultInstance());

        assertThat(rows).hasSize(3);
    }

    @Test
    void aCompressedStreamThatEndsEarlyOrIsDamagedSaysSo() {
        byte[] rows = ((ROW + "\n").repeat(200_000)).getBytes(StandardCharsets.UTF_8);
        for (byte[] packed : List.of(gzip(rows), Zstd.compress(rows))) {
            for (int length : new int[] {9, packed.length / 2, packed.length - 1}) {
                assertThatThrownBy(() -> Rows.jsonl(Arrays.copyOf(packed, length)))
                        .as("%d of %d bytes", length, packed.length)
                        .isInstanceOf(ApiException.class)
                        .hasMessageContaining("stream ends early");
            }
        }
        byte[] flipped = gzip(rows);
        flipped[flipped.length / 2] ^= 0x55;
        assertThatThrownBy(() -> Rows.jsonl(flipped))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("its gzip stream is damaged");
    }

    @Test
    void aFailedReadStaysAFailedReadInsideACompressedStream() {
        byte[] packed = gzip(((ROW + "\n").repeat(200_000)).getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> Rows.read(
                        "a.jsonl.gz",
                        () -> new InputStream() {
                            private int at;

                            @Override
                            public int read() throws IOException {
                                if (at == packed.length / 2) {
                                    throw new IOException("the connection broke");
                                }
                                return packed[at++] & 0xFF;
                            }
                        },
                        ReadOptions.getDefaultInstance(),
                        SplitRules.getDefaultInstance()))
                .isInstanceOf(AssertionError.class)
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessage("the connection broke");
    }

    @Test
    void aCompressionBombIsRefusedBeforeItUnpacks() {
        byte[] zeros = new byte[32 << 20];
        byte[] bomb = Zstd.compress(zeros, 1);
        byte[] repeated = new byte[bomb.length * 400];
        for (int i = 0; i < 400; i++) {
            System.arraycopy(bomb, 0, repeated, i * bomb.length, bomb.length);
        }

        assertThatThrownBy(() -> Rows.read(
                        "a.jsonl.zst",
                        repeated,
                        ReadOptions.newBuilder().setContainer("jsonl").build()))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("unpacks to more than 250 times its size");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "PK\u0003\u0004rest          ~ it is a ZIP archive",
                "%PDF-1.4                    ~ it is a PDF document",
                "<!DOCTYPE html><html>       ~ it is an HTML page",
                "version https://git-lfs.github.com/spec/v1 ~ it is a pointer of Git LFS",
                "BZh91AY                     ~ it is a bzip2 file",
            })
    void filesThatHoldNoRowsAreNamed(String file, String message) {
        assertThatThrownBy(() -> Rows.read("a.jsonl", file.getBytes(StandardCharsets.ISO_8859_1), COLUMNS))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("a.jsonl: " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "parquet ~ {\"a\":1}          ~ is named parquet, but it is jsonl by its first bytes",
                "arrow   ~ a,b                ~ is named arrow, but it is csv by its first bytes (or another text)",
                "jsonl   ~ a,b/1,2/3,4        ~ is named jsonl, but it is csv by its first bytes (or another text)",
                "csv     ~ {\"a\":1}          ~ is named csv, but it is jsonl by its first bytes",
                "json    ~ a,b                ~ is named json, but it is csv by its first bytes",
                "xml     ~ a,b                ~ container: expected parquet, arrow, json, jsonl, tsv, csv",
            })
    void aFileOfAnotherFormatThanNamedIsOneError(String container, String file, String message) {
        assertThatThrownBy(() -> Rows.read(
                        "a",
                        file.replace('/', '\n').getBytes(StandardCharsets.UTF_8),
                        ReadOptions.newBuilder().setContainer(container).build()))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining(message);
    }

    @Test
    void parquetThatIsNamedCsvIsOneError() {
        assertThatThrownBy(() -> Rows.read(
                        "a.csv",
                        Rows.resource("chat-snappy.parquet"),
                        ReadOptions.newBuilder().setContainer("csv").build()))
                .hasMessageContaining("is named csv, but it is parquet by its first bytes");
    }

    @Test
    void bytesOfNoKnownKindAreOneError() {
        assertThatThrownBy(() -> Rows.read("train", new byte[1000], ReadOptions.getDefaultInstance()))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("its first bytes are of no kind that is known");
    }
}
