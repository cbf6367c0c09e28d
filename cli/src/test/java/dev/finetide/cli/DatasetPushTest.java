package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.finetide.cli.platform.Datasets;
import dev.finetide.cli.platform.Platform;
import dev.finetide.proto.dataset.v1.UploadHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetPushTest {
    private static final int MIB = 1 << 20;
    private static final String ROW = "{\"prompt\": \"p\", \"completion\": \"c\"}\n";

    @TempDir
    Path directory;

    private final Datasets datasets = new Datasets();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(datasets);
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void everyByteArrivesInChunksOfAtMostOneMebibyte() throws IOException {
        Path train = file("train.jsonl", ROW.repeat(150_000));
        Path test = file("test.jsonl", ROW.repeat(3));

        CliRun run = push("support-desk", train.toString(), "--test", test.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("support-desk@1").contains("150000 train, 3 test");
        assertThat(datasets.train()).isEqualTo(ByteString.copyFrom(Files.readAllBytes(train)));
        assertThat(datasets.test().toStringUtf8()).isEqualTo(ROW.repeat(3));
        assertThat(datasets.chunkSizes).allMatch(size -> size <= MIB).hasSizeGreaterThan(5);
        UploadHeader header = datasets.headers.getFirst();
        assertThat(header.getDataset()).isEqualTo("projects/default/datasets/support-desk");
        assertThat(header.hasJsonl()).isTrue();
        assertThat(header.getSourceName()).isEqualTo("train.jsonl");
        assertThat(header.getRequestId()).hasSize(36);
    }

    @Test
    void outputWithoutATerminalHasNoControlCharacters() throws IOException {
        CliRun run = push("a", file("a.jsonl", ROW).toString());

        assertThat(run.out() + run.err()).doesNotContain("\r", "\u001b");
    }

    @Test
    void csvColumnsBecomeTemplates() throws IOException {
        CliRun run = push(
                "faq",
                file("faq.csv", "\"q\",\"a\"\n\"1\",\"2\"\n").toString(),
                "--prompt-column",
                "q",
                "--completion-template",
                " {a|replace:_, }",
                "--allow-invalid",
                "7",
                "--test-fraction",
                "0.25");

        assertThat(run.exitCode()).as(run.err()).isZero();
        UploadHeader header = datasets.headers.getFirst();
        assertThat(header.getCsv().getPromptTemplate()).isEqualTo("{q}");
        assertThat(header.getCsv().getCompletionTemplate()).isEqualTo(" {a|replace:_, }");
        assertThat(header.getAllowInvalid()).isEqualTo(7);
        assertThat(header.getTestFraction()).isEqualTo(0.25);
    }

    @Test
    void csvWithoutColumnsIsAUsageError() throws IOException {
        CliRun run = push("faq", file("faq.csv", "a,b\n").toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--prompt-column").contains("finetide dataset push --help");
        assertThat(datasets.headers).isEmpty();
    }

    @Test
    void everyBadRowIsNamedAndNothingIsCalledAStackTrace() throws IOException {
        CliRun run = push(
                "bad", file("bad.jsonl", ROW + "nonsense\n" + ROW + "more\n").toString());

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).isEqualToNormalizingNewlines("""
                finetide: 2 invalid rows
                  train:2: not a JSON object
                  train:4: not a JSON object
                """);
    }

    @Test
    void aFileThatIsNotThereIsNotFound() {
        CliRun run = push("x", directory.resolve("absent.jsonl").toString());

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.err()).contains("absent.jsonl").doesNotContain("Exception");
    }

    @Test
    void listReadsEveryPageAsOneJsonObjectALine() throws IOException {
        for (int version = 1; version <= 5; version++) {
            push("many", file(version + ".jsonl", ROW.repeat(version)).toString());
        }

        CliRun run = CliRun.against(platform, "dataset", "list", "many", "-o", "json");

        assertThat(run.out().lines()).hasSize(5).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
    }

    private CliRun push(String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "dataset";
        all[1] = "push";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return CliRun.against(platform, all);
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }
}
