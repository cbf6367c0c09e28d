package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.platform.Datasets;
import dev.finetide.cli.platform.Platform;
import dev.finetide.proto.dataset.v1.Chunking;
import dev.finetide.proto.dataset.v1.DataFile;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.LengthLimit;
import dev.finetide.proto.dataset.v1.MoveDatasetTagRequest;
import dev.finetide.proto.dataset.v1.ReadOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetPushTest {
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
    void outputWithoutATerminalHasNoControlCharacters() throws IOException {
        CliRun run = push("a", file("a.jsonl", ROW).toString());

        assertThat(run.out() + run.err()).doesNotContain("\r", "\u001b");
    }

    @Test
    void documentsArePushedWithThePathsOfTheirFolder() throws IOException {
        Files.createDirectories(directory.resolve("docs/a"));
        file("docs/a/guide.md", "The \"pump\" is filled.\n");
        file("docs/notes.txt", "The \"hinges\" are oiled.\n");
        file("docs/picture.png", "x");
        CliRun run = push(
                "manual",
                "--documents",
                directory.resolve("docs").toString(),
                "--chunk-words",
                "150",
                "--chunk-overlap",
                "0");

        assertThat(run.exitCode()).as(run.err()).isZero();
        ImportDatasetVersionRequest request = datasets.imports.getFirst();
        assertThat(request.getFilesList()).extracting(DataFile::getPath).containsExactly("a/guide.md", "notes.txt");
        assertThat(request.getRead())
                .isEqualTo(ReadOptions.newBuilder()
                        .setChunking(Chunking.newBuilder().setWords(150).setOverlapWords(0))
                        .build());
        assertThat(run.err()).contains("skipped 1 file").contains("picture.png");
    }

    @Test
    void documentsOfAnAddressAreReadByTheService() {
        CliRun run = push("manual", "--documents", "s3://bucket/docs/");
        assertThat(run.exitCode()).as(run.err()).isZero();
        ImportDatasetVersionRequest request = datasets.imports.getFirst();
        assertThat(request.getFilesList()).extracting(DataFile::getUri).containsExactly("s3://bucket/docs/");
        assertThat(request.getRead().hasChunking()).isTrue();
        assertThat(datasets.headers).isEmpty();
    }

    @Test
    void documentsThatCannotBeReadAreRefusedBeforeTheUpload() throws IOException {
        Path empty = Files.createDirectories(directory.resolve("empty"));
        assertThat(push("manual", "--documents", empty.toString()).err()).contains("holds no document");
        Path huge = directory.resolve("huge.txt");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength(1L << 30);
        }
        assertThat(push("manual", "--documents", huge.toString()).err())
                .contains("huge.txt has more than 8388608 bytes");
        String row = file("rows.jsonl", ROW).toString();
        assertThat(push("manual", row, "--documents", empty.toString()).exitCode())
                .isEqualTo(2);
        assertThat(push("manual", row, "--chunk-words", "100").exitCode()).isEqualTo(2);
        assertThat(push("manual").err()).contains("Missing required parameter: 'FILE'");
        assertThat(datasets.imports).isEmpty();
        assertThat(datasets.headers).isEmpty();
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
        ImportDatasetVersionRequest request = datasets.imports.getFirst();
        assertThat(request.getRead().getPromptTemplate()).isEqualTo("{q}");
        assertThat(request.getRead().getCompletionTemplate()).isEqualTo(" {a|replace:_, }");
        assertThat(request.getAllowInvalid()).isEqualTo(7);
        assertThat(request.getSplit().getTestFraction()).isEqualTo(0.25);
    }

    @Test
    void csvWithHalfOfItsColumnsIsAUsageError() throws IOException {
        CliRun run = push("faq", file("faq.csv", "a,b\n").toString(), "--completion-column", "b");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--prompt-column").contains("finetide dataset push --help");
        assertThat(datasets.headers).isEmpty();
    }

    @Test
    void aFormatIsAShapeOrAContainer() throws IOException {
        String file = file("rows.txt", ROW).toString();
        push("a", file, "--format", "sharegpt", "--container", "jsonl");
        push("a", file, "--format", "tsv", "--delimiter", "tab", "--encoding", "windows-1252", "--allow-empty");
        CliRun contradiction = push("a", file, "--format", "csv", "--container", "json");

        assertThat(datasets.imports)
                .extracting(ImportDatasetVersionRequest::getRead)
                .containsExactly(
                        ReadOptions.newBuilder()
                                .setShape("sharegpt")
                                .setContainer("jsonl")
                                .build(),
                        ReadOptions.newBuilder()
                                .setContainer("tsv")
                                .setDelimiter("\t")
                                .setEncoding("windows-1252")
                                .setAllowEmpty(true)
                                .build());
        assertThat(contradiction.exitCode()).isEqualTo(2);
    }

    @Test
    void splitsAreNamedByOptionsAndByPaths() throws IOException {
        String train = file("train.csv", ROW).toString();
        String other = file("other.csv", ROW).toString();

        push("a", train, other);
        push("a", train, "--validation", other, "--test", other, "--split", "medicine=" + other);
        CliRun noName = push("a", train, "--split", other);

        assertThat(datasets.imports.get(0).getFilesList())
                .extracting(DataFile::getSplit)
                .containsExactly("", "");
        assertThat(datasets.imports.get(1).getFilesList())
                .extracting(DataFile::getSplit)
                .containsExactly("train", "validation", "test", "medicine");
        assertThat(noName.exitCode()).isEqualTo(2);
        assertThat(noName.err()).contains("NAME=FILE");
    }

    @Test
    void ofADirectoryTheDataFilesAreTaken() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("hf"));
        for (String path : List.of(
                "dataset_dict.json",
                "README.md",
                ".cache/old.parquet",
                "train/data-00000-of-00001.arrow",
                "train/state.json",
                "train/cache-0123456789abcdef.arrow",
                "test/data-00000-of-00001.arrow",
                "more.jsonl.gz")) {
            Files.createDirectories(folder.resolve(path).getParent());
            Files.writeString(folder.resolve(path), ROW);
        }

        CliRun run = push("hf", folder.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(datasets.imports.getFirst().getFilesList())
                .extracting(DataFile::getPath)
                .containsExactly("more.jsonl.gz", "test/data-00000-of-00001.arrow", "train/data-00000-of-00001.arrow");
        assertThat(datasets.imports.getFirst().getFilesList())
                .extracting(DataFile::getSplit)
                .containsOnly("");
        assertThat(run.err()).contains("skipped 5 files of " + folder);
    }

    @Test
    void aDirectoryWithoutDataIsRefused() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("empty"));

        CliRun run = push("hf", folder.toString());

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).contains("empty: no file below this directory is named like data");
    }

    @Test
    void addressesAreReadByTheServiceAndTheirKeysStandInNoPath() {
        push("a", "https://example.org/data/rows.csv?key=secret", "s3://bucket/rows/");

        assertThat(datasets.imports.getFirst().getFilesList())
                .containsExactly(
                        DataFile.newBuilder()
                                .setUri("https://example.org/data/rows.csv?key=secret")
                                .setPath("data/rows.csv")
                                .build(),
                        DataFile.newBuilder()
                                .setUri("s3://bucket/rows/")
                                .setPath("rows/")
                                .build());
        assertThat(datasets.headers).isEmpty();
    }

    @Test
    void allowedInvalidRowsAreWrittenWithTheirReasons() throws IOException {
        Path refused = directory.resolve("refused.jsonl");

        CliRun run = push(
                "bad",
                file("bad.jsonl", ROW + "nonsense\n").toString(),
                "--allow-invalid",
                "1",
                "--refused-file",
                refused.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("1 refused row is in " + refused, "push the file together with the others");
        assertThat(Files.readString(refused))
                .isEqualTo("{\"_finetide\":{\"file\":\"bad.jsonl\",\"line\":2,\"reason\":\"not a JSON object\","
                        + "\"raw\":\"nonsense\"}}\n");

        CliRun again = push("bad", file("bad.jsonl", ROW).toString(), "--refused-file", refused.toString());
        assertThat(again.exitCode()).isEqualTo(4);
        assertThat(again.err()).contains("nothing is ever overwritten");
    }

    @Test
    void aTagIsMovedToTheNewVersion() throws IOException {
        push("tickets", file("a.jsonl", ROW).toString(), "--tag", "prod");

        assertThat(datasets.tagMoves)
                .containsExactly(MoveDatasetTagRequest.newBuilder()
                        .setDataset("projects/default/datasets/tickets")
                        .setTag("prod")
                        .setVersion(1)
                        .build());
    }

    @Test
    void aLengthNeedsABaseThatCounts() throws IOException {
        String rows = file("a.jsonl", ROW).toString();

        push("a", rows, "--max-length", "context", "--base", "tiny", "--leave-out-long");

        assertThat(datasets.imports.getFirst().getLength())
                .isEqualTo(LengthLimit.newBuilder()
                        .setBase("projects/default/bases/tiny")
                        .setLeaveOut(true)
                        .build());
        assertThat(push("a", rows, "--max-length", "100").exitCode()).isEqualTo(2);
        assertThat(push("a", rows, "--base", "tiny").exitCode()).isEqualTo(2);
        assertThat(push("a", rows, "--max-length", "many", "--base", "tiny").err())
                .contains("a number of tokens or context");
    }

    @Test
    void everyBadRowIsNamedAndNothingIsCalledAStackTrace() throws IOException {
        CliRun run = push(
                "bad", file("bad.jsonl", ROW + "nonsense\n" + ROW + "more\n").toString());

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).isEqualToNormalizingNewlines("""
                finetide: 2 invalid rows
                  bad.jsonl:2: not a JSON object
                  bad.jsonl:4: not a JSON object
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
