package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.CsvSource;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.UploadHeader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// A real dataset: 10,003 customer questions with their intents, and 3,080 held-out questions.
class Banking77Test {
    private final Path folder =
            Path.of(System.getProperty("finetide.shared", "../../shared")).resolve("data/banking77");

    @Test
    void everyRowIsRead() throws IOException {
        if (!Files.isDirectory(folder)) {
            System.out.println("skipped: " + folder + " is not there");
            Assumptions.abort("no shared/data/banking77");
        }
        DatasetIngest ingest = new IngestStage().ingest;
        UploadHeader header = UploadHeader.newBuilder()
                .setDataset("projects/default/datasets/banking77")
                .setCsv(CsvSource.newBuilder()
                        .setPromptTemplate("Question: {text}\nIntent:")
                        .setCompletionTemplate(" {category|replace:_, }"))
                .build();

        DatasetVersion version = ingest.create(header, new UploadedFiles() {
            @Override
            public InputStream train() throws IOException {
                return Files.newInputStream(folder.resolve("train.csv"));
            }

            @Override
            public Optional<InputStream> test() throws IOException {
                return Optional.of(Files.newInputStream(folder.resolve("test.csv")));
            }
        });

        assertThat(version.getTrainRows()).isEqualTo(10_003);
        assertThat(version.getTestRows()).isEqualTo(3_080);
        assertThat(version.getReport().getRowsInvalid()).isZero();
        assertThat(version.getJsonAnswers()).isFalse();
        System.out.printf(
                "banking77: %d duplicate rows, %d leaked test rows%n",
                version.getReport().getDuplicateRows(), version.getReport().getLeakedTestRows());
    }
}
