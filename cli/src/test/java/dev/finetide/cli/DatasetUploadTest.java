package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.finetide.cli.files.FileDigest;
import dev.finetide.cli.platform.Datasets;
import dev.finetide.cli.platform.Platform;
import dev.finetide.proto.dataset.v1.DataFile;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.UploadFileHeader;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Uploads of `dataset push`: every byte arrives once, whatever breaks.
class DatasetUploadTest {
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
        assertThat(datasets.bytesOf("train")).isEqualTo(ByteString.copyFrom(Files.readAllBytes(train)));
        assertThat(datasets.bytesOf("test").toStringUtf8()).isEqualTo(ROW.repeat(3));
        assertThat(datasets.chunkSizes).allMatch(size -> size <= MIB).hasSizeGreaterThan(5);
        ImportDatasetVersionRequest request = datasets.imports.getFirst();
        assertThat(request.getDataset()).isEqualTo("projects/default/datasets/support-desk");
        assertThat(request.getRead()).isEqualTo(ReadOptions.getDefaultInstance());
        assertThat(request.getFilesList()).extracting(DataFile::getPath).containsExactly("train.jsonl", "test.jsonl");
        assertThat(request.getRequestId()).hasSize(36);
        assertThat(datasets.headers.getFirst().getSha256()).isEqualTo(FileDigest.of(Files.readAllBytes(train)));
    }

    @Test
    void anUploadThatBreaksGoesOnAtTheFirstByteThatIsMissing() throws IOException {
        Path train = file("train.jsonl", ROW.repeat(150_000));
        datasets.breakAfterChunks.set(3);

        CliRun run = push("tickets", train.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(datasets.headers).extracting(UploadFileHeader::getOffset).containsExactly(0L, 3L * MIB);
        assertThat(datasets.bytesOf("train")).isEqualTo(ByteString.copyFrom(Files.readAllBytes(train)));
    }

    @Test
    void anotherCommandGoesOnWithTheUploadOfOneThatFailed() throws IOException {
        Path train = file("train.jsonl", ROW.repeat(150_000));
        datasets.breakWith.set(Status.INTERNAL);
        datasets.breakAfterChunks.set(2);

        CliRun failed = push("tickets", train.toString());
        CliRun again = push("tickets", train.toString());

        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(datasets.headers).extracting(UploadFileHeader::getOffset).containsExactly(0L, 2L * MIB);
        assertThat(datasets.bytesOf("train")).isEqualTo(ByteString.copyFrom(Files.readAllBytes(train)));
    }

    @Test
    void aRepeatedPushSendsNoByteAgainUntilTheFileChanges() throws IOException {
        Path train = file("train.jsonl", ROW.repeat(10));
        push("tickets", train.toString());
        push("tickets", train.toString(), "--format", "prompt-completion");
        assertThat(datasets.headers).hasSize(1);

        Files.writeString(train, ROW.repeat(11));
        push("tickets", train.toString());

        assertThat(datasets.headers).hasSize(2);
        assertThat(datasets.bytesOf("train").toStringUtf8()).isEqualTo(ROW.repeat(11));
    }

    @Test
    void aFileThatChangesWhileItIsSentIsAnErrorThatNamesIt() throws IOException {
        Path train = file("train.jsonl", ROW.repeat(150_000));
        datasets.afterChunk.set(() -> {
            try {
                Files.writeString(train, ROW, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });

        CliRun run = push("tickets", train.toString());
        datasets.afterChunk.set(() -> {});
        CliRun atRest = push("tickets", train.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(train + ": the file changed while it was sent");
        assertThat(datasets.imports).hasSize(1);
        assertThat(atRest.exitCode()).as(atRest.err()).isZero();
        assertThat(datasets.bytesOf("train")).isEqualTo(ByteString.copyFrom(Files.readAllBytes(train)));
    }

    @Test
    void standardInputIsAFileToo() {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(ROW.repeat(3).getBytes(StandardCharsets.UTF_8)));
        CliRun run;
        try {
            run = push("tickets", "-");
        } finally {
            System.setIn(before);
        }

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(datasets.imports.getFirst().getFiles(0).getPath()).isEqualTo("stdin");
        assertThat(datasets.bytesOf("train").toStringUtf8()).isEqualTo(ROW.repeat(3));
    }

    private CliRun push(String... arguments) {
        return CliRun.against(
                platform,
                Stream.concat(Stream.of("dataset", "push"), Stream.of(arguments))
                        .toArray(String[]::new));
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }
}
