package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.finetide.cli.platform.Datasets;
import dev.finetide.cli.platform.Platform;
import dev.finetide.proto.dataset.v1.DatasetDiff;
import dev.finetide.proto.dataset.v1.DeleteDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowChange;
import dev.finetide.proto.dataset.v1.SplitDiff;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands about versions that exist: rows, export, diff, tag, delete.
class DatasetVersionsTest {
    private static final String DATASET = "projects/default/datasets/tickets";

    @TempDir
    Path directory;

    private final Datasets datasets = new Datasets();
    private Platform platform;

    @BeforeEach
    void start() throws IOException {
        platform = new Platform(datasets);
        Path rows = Files.writeString(directory.resolve("a.jsonl"), "{\"prompt\": \"p\", \"completion\": \"c\"}\n");
        assertThat(dataset("push", "tickets", rows.toString()).exitCode()).isZero();
        LongStream.rangeClosed(1, 25)
                .mapToObj(number -> row(number, "{\"prompt\": \"p" + number + "\", \"completion\": \"c\"}"))
                .forEach(datasets.rows::add);
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void theFirstTenRowsAreShownToPeopleAndAllToPrograms() {
        assertThat(dataset("rows", "tickets").out()).contains("train row 10\n").doesNotContain("train row 11\n");
        assertThat(dataset("rows", "tickets", "--head", "3").out()).doesNotContain("train row 4\n");

        CliRun programs = dataset("rows", "tickets", "-o", "json");

        assertThat(programs.out().lines()).hasSize(25).first().asString().contains("\"row\":{\"prompt\":\"p1\"");
    }

    @Test
    void rowsAreReadOnceAlsoWhenTheStreamBreaks() {
        datasets.breakAfterMessages.set(4);

        CliRun rows = dataset("rows", "tickets@prod", "--split", "test", "--head", "6", "-o", "json");

        assertThat(rows.out().lines()).hasSize(6).last().asString().contains("\"p6\"");
        assertThat(datasets.reads)
                .containsExactly(
                        ReadRowsRequest.newBuilder()
                                .setName(DATASET + "/versions/prod")
                                .setSplit("test")
                                .setFirst(1)
                                .setCount(6)
                                .build(),
                        ReadRowsRequest.newBuilder()
                                .setName(DATASET + "/versions/prod")
                                .setSplit("test")
                                .setFirst(5)
                                .setCount(2)
                                .build());
    }

    @Test
    void onlyOneKindOfRowsIsAskedFor() {
        dataset("rows", "tickets", "--leaked");
        dataset("rows", "tickets", "--refused");
        dataset("rows", "tickets", "--row", "12");

        assertThat(datasets.reads.get(0).getLeaked()).isTrue();
        assertThat(datasets.reads.get(0).getSplit()).isEmpty();
        assertThat(datasets.reads.get(1).getSplit()).isEqualTo("refused");
        assertThat(datasets.reads.get(2).getFirst()).isEqualTo(12);
        assertThat(datasets.reads.get(2).getCount()).isEqualTo(1);
        assertThat(dataset("rows", "tickets", "--leaked", "--row", "1").exitCode())
                .isEqualTo(2);
    }

    @Test
    void anExportIsWrittenWholeAlsoWhenTheStreamBreaks() throws IOException {
        datasets.exported.add(ByteString.copyFromUtf8("one\n"));
        datasets.exported.add(ByteString.copyFromUtf8("two\n"));
        datasets.breakAfterMessages.set(1);
        Path target = directory.resolve("out.jsonl");

        CliRun export = dataset("export", "tickets@1", "-O", target.toString());
        CliRun again = dataset("export", "tickets@1", "-O", target.toString());

        assertThat(export.exitCode()).as(export.err()).isZero();
        assertThat(target).hasContent("one\ntwo");
        assertThat(again.exitCode()).isEqualTo(4);
        assertThat(again.err()).contains("exists, and nothing is ever overwritten");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsOnly("a.jsonl", "out.jsonl");
        }
    }

    @Test
    void aDifferenceHasCountsSplitsAndExamples() {
        datasets.diff.set(DatasetDiff.newBuilder()
                .setOld(DATASET + "/versions/1")
                .setNew(DATASET + "/versions/2")
                .setAdded(1)
                .setChanged(1)
                .setUnchanged(40)
                .addSplits(
                        SplitDiff.newBuilder().setSplit("train").setOldRows(41).setNewRows(42))
                .addExamples(RowChange.newBuilder().setNew(row(42, "{\"prompt\": \"new\", \"completion\": \"c\"}")))
                .addExamples(RowChange.newBuilder()
                        .setOld(row(3, "{\"prompt\": \"p\", \"completion\": \"a\"}"))
                        .setNew(row(3, "{\"prompt\": \"p\", \"completion\": \"b\"}")))
                .build());

        assertThat(dataset("diff", "tickets@1", "tickets@2").out()).isEqualToNormalizingNewlines("""
                tickets@1 -> tickets@2: 1 added, 0 removed, 1 changed, 40 unchanged

                SPLIT  tickets@1  tickets@2  DIFFERENCE
                train  41         42         +1

                Added
                + train row 42
                +   prompt     new
                +   completion c

                Changed
                - train row 3
                -   prompt     p
                -   completion a
                + train row 3
                +   prompt     p
                +   completion b
                """);
    }

    @Test
    void aTagNamesANumberAndIsShownWithIt() {
        CliRun tagged = dataset("tag", "tickets", "prod", "--comment", "labels are in");

        assertThat(tagged.out().strip()).isEqualTo("tickets@prod is tickets@1");
        assertThat(datasets.tagMoves.getFirst().getComment()).isEqualTo("labels are in");
        assertThat(dataset("show", "tickets@1").out()).containsPattern("tags +prod");
        assertThat(dataset("list", "tickets").out()).contains("1 train, 0 test  prod");
        assertThat(dataset("tag", "tickets", "prod", "--remove").out())
                .contains("prod names no version of tickets now");
        assertThat(datasets.tagMoves.getLast().getVersion()).isZero();
    }

    @Test
    void aVersionIsDeletedOnlyByItsNumberAndWithAYes() {
        CliRun newest = dataset("delete", "tickets", "--yes");
        CliRun unasked = dataset("delete", "tickets@1");
        CliRun deleted = dataset("delete", "tickets@1", "--yes");

        assertThat(newest.exitCode()).isEqualTo(2);
        assertThat(newest.err()).contains("name the version to delete, as in tickets@1");
        assertThat(unasked.exitCode()).isEqualTo(2);
        assertThat(unasked.err()).contains("say --yes to delete the rows of tickets@1 (1 train, 0 test)");
        assertThat(deleted.out()).contains("tickets@1 is deleted");
        assertThat(datasets.deletions)
                .containsExactly(DeleteDatasetVersionRequest.newBuilder()
                        .setName(DATASET + "/versions/1")
                        .setEtag("e1")
                        .build());
    }

    private static Row row(long number, String json) {
        return Row.newBuilder()
                .setSplit("train")
                .setNumber(number)
                .setJson(json)
                .build();
    }

    private CliRun dataset(String... arguments) {
        return CliRun.against(
                platform,
                Stream.concat(Stream.of("dataset"), Stream.of(arguments)).toArray(String[]::new));
    }
}
