package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.dataset.export.ExportSource;
import dev.finetide.dataset.ingest.ImportCounter;
import dev.finetide.dataset.source.StagedFile;
import dev.finetide.proto.dataset.v1.DataFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ExportRowsRequest;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Writes versions out in every form and pushes them again.
class ExportTest {
    private final IngestStage stage = new IngestStage();

    private DatasetVersion push(String dataset, String path, byte[] bytes, ReadOptions.Builder read)
            throws IOException {
        StagedFile file = stage.staging.stage("projects/default", path, new ByteArrayInputStream(bytes));
        return stage.ingest.importFiles(
                ImportDatasetVersionRequest.newBuilder()
                        .setDataset("projects/default/datasets/" + dataset)
                        .addFiles(DataFile.newBuilder()
                                .setUploadedFile(file.fileId())
                                .setPath(path))
                        .setRead(read)
                        .setSplit(SplitRules.newBuilder().setTestFraction(0))
                        .build(),
                new ImportCounter());
    }

    private byte[] export(DatasetVersion version, String shape, String container) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<Integer> sizes = new ArrayList<>();
        try (ExportSource source = ExportSource.open(
                stage.blobs,
                version,
                ExportRowsRequest.newBuilder()
                        .setShape(shape)
                        .setContainer(container)
                        .build())) {
            while (source.hasNext()) {
                byte[] chunk = source.next().getData().toByteArray();
                sizes.add(chunk.length);
                bytes.write(chunk);
            }
        }
        assertThat(sizes).allMatch(size -> size <= 1 << 20);
        return bytes.toByteArray();
    }

    private static byte[] rows(String row) {
        return IntStream.range(0, 3_000)
                .mapToObj(i -> row.replace("#", Integer.toString(i)) + "\n")
                .collect(Collectors.joining())
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "prompt-completion, jsonl",
        "prompt-completion, json",
        "prompt-completion, csv",
        "prompt-completion, tsv",
        "'', jsonl",
        "'', csv"
    })
    void promptsAndCompletionsComeBackAsTheSameVersion(String shape, String container) throws IOException {
        ReadOptions.Builder tagged = ReadOptions.newBuilder().addTagColumns("lang");
        DatasetVersion version = push(
                "first",
                "rows.jsonl",
                rows("{\"prompt\":\"q #,\\n\\\"ä\\\"\",\"completion\":\" 世界\\t#\",\"lang\":\"de\"}"),
                tagged);

        byte[] written = export(version, shape, container);

        assertThat(push("second", "rows." + container, written, tagged).getDigest())
                .isEqualTo(version.getDigest());
    }

    @ParameterizedTest
    @CsvSource({"openai, jsonl", "openai, json", "sharegpt, jsonl", "gemini, jsonl", "bedrock, json"})
    void conversationsComeBackAsTheSameVersion(String shape, String container) throws IOException {
        DatasetVersion version = push(
                "first",
                "rows.jsonl",
                rows("{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"q #\"},"
                        + "{\"role\":\"assistant\",\"content\":\"ä #\"}]}"),
                ReadOptions.newBuilder());

        byte[] written = export(version, shape, container);

        assertThat(push("second", "rows." + container, written, ReadOptions.newBuilder())
                        .getDigest())
                .isEqualTo(version.getDigest());
    }

    @Test
    void aRowThatTheShapeCannotHoldIsNamed() throws IOException {
        DatasetVersion version = push(
                "first",
                "rows.jsonl",
                rows(
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"q #\"},{\"role\":\"assistant\",\"content\":\"a\"},"
                                + "{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]}"),
                ReadOptions.newBuilder());

        assertThatThrownBy(() -> export(version, "text", "jsonl"))
                .hasMessageContaining("row 1 of the split train (rows.jsonl line 1) cannot be written so");
        assertThatThrownBy(() -> export(version, "yaml", "")).hasMessageContaining("yaml");
    }
}
