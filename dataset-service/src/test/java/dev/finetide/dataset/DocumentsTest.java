package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.dataset.diff.VersionDiff;
import dev.finetide.dataset.export.ExportSource;
import dev.finetide.dataset.ingest.ImportCounter;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.Chunking;
import dev.finetide.proto.dataset.v1.DataFile;
import dev.finetide.proto.dataset.v1.DatasetDiff;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ExportRowsRequest;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.SplitRules;
import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.retrieval.chunk.ChunkLines;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pushes documents: their passages are rows of a version, and bad documents are named.
class DocumentsTest {
    private static final String DATASET = "projects/default/datasets/manual";
    private static final String GUIDE = "# Pump\n\n## Priming\n\nFill the body with water.\n\nClose the valve.\n";

    private final IngestStage stage = new IngestStage();
    private final ImportDatasetVersionRequest.Builder request = ImportDatasetVersionRequest.newBuilder()
            .setDataset(DATASET)
            .setRead(ReadOptions.newBuilder().setChunking(Chunking.getDefaultInstance()));

    private void file(String path, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        request.addFiles(DataFile.newBuilder()
                .setUploadedFile(stage.staging
                        .stage("projects/default", path, new ByteArrayInputStream(bytes))
                        .fileId())
                .setPath(path));
    }

    private DatasetVersion push() throws IOException {
        return stage.ingest.importFiles(request.build(), new ImportCounter());
    }

    private List<Row> rows(DatasetVersion version) throws IOException {
        List<Row> rows = new ArrayList<>();
        try (RowSource source = RowSource.open(stage.blobs, version, ReadRowsRequest.getDefaultInstance())) {
            source.forEachRemaining(rows::add);
        }
        return rows;
    }

    private static String words(int count) {
        return IntStream.range(0, count).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
    }

    @Test
    void everyFormatBecomesPassagesThatKnowTheirFileAndPlace() throws IOException {
        file("b.txt", "First paragraph.\n\nSecond paragraph.\n");
        file("a/guide.md", GUIDE);
        file("page.html", "<title>Page</title><body><p>Hello there</p></body>");
        file(
                "records.jsonl",
                "{\"title\":\"One\",\"text\":\"Text of one.\"}\n{\"title\":\"Two\",\"text\":\"Text of two.\"}\n");
        DatasetVersion version = push();
        assertThat(version.getRowFormat()).isEqualTo(RowFormat.DOCUMENTS);
        assertThat(version.getSplitsList())
                .singleElement()
                .satisfies(split -> assertThat(split.getName()).isEqualTo("documents"));
        List<Row> rows = rows(version);
        assertThat(rows)
                .extracting(row -> row.getPlace().getFile())
                .containsExactly("a/guide.md", "b.txt", "page.html", "records.jsonl", "records.jsonl");
        List<Chunk> chunks =
                rows.stream().map(row -> ChunkLines.read(row.getJson())).toList();
        assertThat(chunks)
                .extracting(Chunk::document)
                .containsExactly("a/guide.md", "b.txt", "page.html", "One", "Two");
        assertThat(chunks.getFirst().parts()).extracting(Chunk.Part::paragraph).containsExactly(1, 2);
        assertThat(rows.getLast().getPlace().getRecord()).isEqualTo(2);
        assertThat(version.getFilesList()).extracting("records").containsExactly(1L, 1L, 1L, 2L);
    }

    @Test
    void theSameDocumentsInAnotherOrderAreTheSameVersion() throws IOException {
        file("a.txt", "Alpha.");
        file("b.txt", "Beta.");
        DatasetVersion first = push();
        request.clearFiles();
        file("b.txt", "Beta.");
        file("a.txt", "Alpha.");
        assertThat(push().getName()).isEqualTo(first.getName());
    }

    @Test
    void sizesOfPassagesCanBeSet() throws IOException {
        request.getReadBuilder().setChunking(Chunking.newBuilder().setWords(20).setOverlapWords(0));
        file("long.txt", words(100));
        assertThat(push().getSplits(0).getRows()).isEqualTo(5);
        request.getReadBuilder().setChunking(Chunking.newBuilder().setWords(20).setOverlapWords(10));
        request.clearFiles();
        file("long.txt", words(100));
        assertThat(push().getSplits(0).getRows()).isGreaterThan(5);
    }

    @Test
    void versionsAreComparedAndWrittenOut() throws IOException {
        file("a.txt", "Alpha.");
        file("b.txt", "Beta.");
        DatasetVersion old = push();
        request.clearFiles();
        file("a.txt", "Alpha.");
        file("b.txt", "Gamma.");
        DatasetVersion next = push();
        DatasetDiff diff = VersionDiff.of(stage.blobs, old, next, 10);
        assertThat(diff.getUnchanged()).isEqualTo(1);
        assertThat(diff.getAdded()).isEqualTo(1);
        assertThat(diff.getRemoved()).isEqualTo(1);
        try (ExportSource source = ExportSource.open(stage.blobs, next, ExportRowsRequest.getDefaultInstance())) {
            String text = source.next().getData().toStringUtf8();
            assertThat(text.lines().map(ChunkLines::read).map(Chunk::text)).containsExactly("Alpha.", "Gamma.");
        }
        ExportRowsRequest chat =
                ExportRowsRequest.newBuilder().setShape("openai").build();
        assertThatThrownBy(() -> ExportSource.open(stage.blobs, next, chat)).hasMessageContaining("documents");
    }

    @Test
    void aDocumentSetHasNoAnswers() throws IOException {
        file("a.txt", "Alpha.");
        DatasetVersion version = push();
        assertThatThrownBy(() -> RowSource.requireAnswers("name", version))
                .hasMessageContaining(version.getName())
                .hasMessageContaining("document set");
    }

    @ParameterizedTest
    @CsvSource({
        "empty.txt, '', has no text",
        "blank.md, '  ', has no text",
        "binary.txt, 'a\0b', binary",
        "picture.png, x, ending",
        "none.jsonl, '', no record",
    })
    void badDocumentsAreNamed(String path, String text, String problem) throws IOException {
        file("good.txt", "Good.");
        file(path, text.replace("\\0", "\0"));
        assertThatThrownBy(this::push)
                .isInstanceOf(ApiException.class)
                .hasMessageContaining(path)
                .hasMessageContaining(problem);
        assertThat(stage.store.versions(DATASET, dev.finetide.kit.name.Page.of(10, "")))
                .isEmpty();
    }

    @Test
    void aFileBeyondTheLimitIsNamed() throws IOException {
        file("huge.txt", "word ".repeat((8 << 20) / 5 + 10));
        assertThatThrownBy(this::push).hasMessageContaining("huge.txt").hasMessageContaining("more than");
    }

    @Test
    void rulesForRowsAreRefused() throws IOException {
        file("a.txt", "Alpha.");
        request.setSplit(SplitRules.newBuilder().setTestFraction(0.1));
        assertThatThrownBy(this::push).hasMessageContaining("split");
        request.clearSplit().getReadBuilder().setShape("openai");
        assertThatThrownBy(this::push).hasMessageContaining("chunking");
        request.getReadBuilder().clearShape().setChunking(Chunking.newBuilder().setWords(3));
        assertThatThrownBy(this::push).hasMessageContaining("from 10 to 10000 words");
    }
}
