package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.dataset.ingest.ImportCounter;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.dataset.source.StagedFile;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DataFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.Overlap;
import dev.finetide.proto.dataset.v1.OverlapAction;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Tries how rows get their splits.
class SplitsTest {
    private static final String PROJECT = "projects/default";

    private final IngestStage stage = new IngestStage();
    private final ImportDatasetVersionRequest.Builder request =
            ImportDatasetVersionRequest.newBuilder().setDataset(PROJECT + "/datasets/d");

    private static String row(String prompt, String completion, String more) {
        return "{\"prompt\":\"%s\",\"completion\":\"%s\"%s}\n".formatted(prompt, completion, more);
    }

    private static String rows(int count, IntFunction<String> row) {
        return IntStream.range(0, count).mapToObj(row).collect(Collectors.joining());
    }

    private SplitsTest file(String path, String split, String rows) throws IOException {
        StagedFile file =
                stage.staging.stage(PROJECT, path, new ByteArrayInputStream(rows.getBytes(StandardCharsets.UTF_8)));
        request.addFiles(DataFile.newBuilder()
                .setUploadedFile(file.fileId())
                .setPath(path)
                .setSplit(split));
        return this;
    }

    private DatasetVersion publish(SplitRules.Builder rules) throws IOException {
        return stage.ingest.importFiles(request.setSplit(rules).build(), new ImportCounter());
    }

    private List<Row> rows(DatasetVersion version, String split) throws IOException {
        List<Row> read = new ArrayList<>();
        try (RowSource rows = RowSource.open(
                stage.blobs,
                version,
                ReadRowsRequest.newBuilder().setSplit(split).build())) {
            rows.forEachRemaining(read::add);
        }
        return read;
    }

    private static Map<String, Long> counts(DatasetVersion version) {
        return version.getSplitsList().stream()
                .collect(Collectors.toMap(Split::getName, Split::getRows, (a, b) -> a, TreeMap::new));
    }

    @Test
    void filesAndTheirPathsNameSplits() throws IOException {
        file("data/train-00000-of-00001.jsonl", "", rows(10, i -> row("p" + i, "c" + i, "")));
        file("data/dev.jsonl", "", rows(3, i -> row("v" + i, "c" + i, "")));
        file("data/test.jsonl", "", rows(4, i -> row("t" + i, "c" + i, "")));
        file("legal.jsonl", "ood-legal", rows(2, i -> row("o" + i, "c" + i, "")));

        DatasetVersion version = publish(SplitRules.newBuilder());

        assertThat(counts(version))
                .containsExactly(
                        Map.entry("ood-legal", 2L),
                        Map.entry("test", 4L),
                        Map.entry("train", 10L),
                        Map.entry("validation", 3L));
        assertThat(version.getSplitsList())
                .extracting(Split::getName)
                .containsExactly("train", "validation", "test", "ood-legal");
        assertThat(rows(version, "ood-legal").getLast().getPlace())
                .isEqualTo(
                        RowPlace.newBuilder().setFile("legal.jsonl").setLine(2).build());
    }

    @Test
    void aColumnNamesSplitsAndIsNotPartOfTheRow() throws IOException {
        String[] names = {"train", "dev", "test", "hard"};
        file("rows.jsonl", "", rows(40, i -> row("p" + i, "c" + i, ",\"part\":\"" + names[i % 4] + "\"")));

        DatasetVersion version = publish(SplitRules.newBuilder().setColumn("part"));

        assertThat(counts(version).values()).containsOnly(10L);
        assertThat(rows(version, "hard").getFirst().getJson())
                .isEqualTo(row("p3", "c3", "").strip());
        assertThat(version.getFiles(0).getSplit()).isEmpty();
    }

    @Test
    void inputsThatDifferInCaseAndPunctuationStayTogether() throws IOException {
        file(
                "rows.jsonl",
                "",
                rows(400, i -> row(i % 2 == 0 ? "How many, " + i / 2 + "?" : "how many " + i / 2, "c" + i, "")));

        DatasetVersion version =
                publish(SplitRules.newBuilder().setTestFraction(0.3).setValidationFraction(0.2));

        Map<String, String> splitOf = new HashMap<>();
        for (String split : List.of("train", "validation", "test")) {
            for (Row row : rows(version, split)) {
                String number = row.getJson().replaceAll("^\\D*(\\d+).*", "$1");
                assertThat(splitOf.merge(number, split, (a, b) -> a.equals(b) ? a : "two splits"))
                        .isEqualTo(split);
            }
        }
        assertThat(counts(version).get("test")).isBetween(70L, 170L);
        assertThat(counts(version).get("validation")).isBetween(40L, 120L);
    }

    @Test
    void aGroupStaysTogether() throws IOException {
        file("rows.jsonl", "", rows(300, i -> row("p" + i, "c" + i, ",\"customer\":" + i % 30)));

        DatasetVersion version = publish(SplitRules.newBuilder().setGroupColumn("customer"));

        assertThat(version.getTestRows()).isPositive();
        assertThat(version.getTestRows() % 10).isZero();
        assertThat(rows(version, "train").getFirst().getJson()).doesNotContain("customer");
    }

    @Test
    void everyClassGetsTheSameShare() throws IOException {
        file("rows.jsonl", "", rows(1_000, i -> row("question " + i, "class " + (i < 900 ? i % 3 : 3), "")));

        DatasetVersion version =
                publish(SplitRules.newBuilder().setTestFraction(0.1).setValidationFraction(0.05));

        Map<String, Long> test = rows(version, "test").stream()
                .collect(Collectors.groupingBy(
                        row -> row.getJson().replaceAll(".*class (\\d).*", "$1"), TreeMap::new, Collectors.counting()));
        assertThat(test)
                .containsExactly(Map.entry("0", 30L), Map.entry("1", 30L), Map.entry("2", 30L), Map.entry("3", 10L));
        assertThat(counts(version)).containsEntry("validation", 50L).containsEntry("train", 850L);
        assertThat(rows(version, "train")).extracting(Row::getNumber).isSorted().doesNotHaveDuplicates();
        Set<String> all = new java.util.HashSet<>();
        for (String split : counts(version).keySet()) {
            rows(version, split).forEach(row -> all.add(row.getJson()));
        }
        assertThat(all).hasSize(1_000);
    }

    private void leaking() throws IOException {
        file("train.jsonl", "train", rows(20, i -> row("p" + i, "c" + i, "")));
        file("test.jsonl", "test", rows(5, i -> row("t" + i, "c", "")) + row("p3", "other", "") + row("t9", "c", ""));
        file("ood.jsonl", "ood", row("t2", "c", "") + row("p7", "c7", ""));
    }

    @Test
    void inputsInTwoSplitsAreFoundAndNamed() throws IOException {
        leaking();

        DatasetVersion version = publish(SplitRules.newBuilder());

        assertThat(counts(version))
                .containsExactly(Map.entry("ood", 2L), Map.entry("test", 7L), Map.entry("train", 20L));
        Split test = version.getSplits(1);
        assertThat(test.getOverlappingRows()).isEqualTo(1);
        assertThat(test.getOverlaps(0))
                .isEqualTo(Overlap.newBuilder()
                        .setPlace(RowPlace.newBuilder().setFile("test.jsonl").setLine(6))
                        .setRowNumber(6)
                        .setOtherSplit("train")
                        .setOtherRowNumber(4)
                        .setOtherPlace(
                                RowPlace.newBuilder().setFile("train.jsonl").setLine(4))
                        .build());
        assertThat(version.getSplits(2).getOverlapsList())
                .extracting(Overlap::getOtherSplit)
                .containsExactly("test", "train");
        assertThat(version.getReport().getLeakedTestRows()).isEqualTo(1);
    }

    @Test
    void inputsInTwoSplitsAreRefusedWhereTheUserSaysSo() throws IOException {
        leaking();
        assertThatThrownBy(() -> publish(SplitRules.newBuilder().setOverlap(OverlapAction.REFUSE_OVERLAP)))
                .isInstanceOfSatisfying(ApiException.class, refusal -> {
                    assertThat(refusal).hasMessageContaining("3 rows have an input that is also in an earlier split");
                    assertThat(refusal.violations())
                            .contains(
                                    new ApiException.FieldViolation(
                                            "test.jsonl:6",
                                            "row 6 of the split test has the input of row 4 of the split train (train.jsonl:4)"));
                });
        assertThat(stage.blobs.list("datasets/")).isEmpty();
    }

    @Test
    void inputsInTwoSplitsMoveWhereTheUserSaysSo() throws IOException {
        leaking();

        DatasetVersion version = publish(SplitRules.newBuilder().setOverlap(OverlapAction.MOVE_OVERLAP));

        assertThat(counts(version)).containsExactly(Map.entry("test", 7L), Map.entry("train", 22L));
        assertThat(version.getSplits(0).getMovedRows()).isEqualTo(2);
        assertThat(version.getSplits(1).getMovedRows()).isEqualTo(1);
        List<Row> train = rows(version, "train");
        for (Overlap overlap : version.getSplits(0).getOverlapsList()) {
            assertThat(train.get((int) overlap.getRowNumber() - 1).getPlace()).isEqualTo(overlap.getPlace());
        }
        assertThat(version.getReport().getLeakedTestRows()).isZero();
    }

    @Test
    void theSameRowsByFilesByColumnAndByMoveAreOneVersion() throws IOException {
        file("a.jsonl", "train", rows(10, i -> row("p" + i, "c" + i, "")));
        file("b.jsonl", "test", rows(5, i -> row("t" + i, "c" + i, "")));
        DatasetVersion byFiles = publish(SplitRules.newBuilder());
        request.clearFiles();
        file(
                "c.jsonl",
                "",
                rows(10, i -> row("p" + i, "c" + i, ",\"split\":\"train\""))
                        + rows(5, i -> row("t" + i, "c" + i, ",\"split\":\"test\"")));

        assertThat(publish(SplitRules.newBuilder().setColumn("split"))).isEqualTo(byFiles);
    }

    @Test
    void tagsAreKeptAndAreContent() throws IOException {
        request.setRead(ReadOptions.newBuilder().addTagColumns("language"));
        file(
                "rows.jsonl",
                "",
                rows(50, i -> row("p" + i, "c" + i, ",\"language\":\"" + (i % 2 == 0 ? "en" : "de") + "\"")));

        DatasetVersion version = publish(SplitRules.newBuilder());

        assertThat(version.getTagColumnsList()).containsExactly("language");
        assertThat(rows(version, "train").getFirst().getTagsMap()).containsOnlyKeys("language");
        request.clearFiles();
        file("rows.jsonl", "", rows(50, i -> row("p" + i, "c" + i, ",\"language\":\"en\"")));
        assertThat(publish(SplitRules.newBuilder()).getDigest()).isNotEqualTo(version.getDigest());
    }

    @Test
    void aColumnThatNoRecordHasIsRefused() throws IOException {
        file("rows.jsonl", "", rows(30, i -> row("p" + i, "c" + i, ",\"lang\":\"en\"")));
        request.setRead(ReadOptions.newBuilder().addTagColumns("lang").addTagColumns("tone"));

        assertThatThrownBy(() -> publish(SplitRules.newBuilder().setGroupColumn("customer")))
                .hasMessageContaining("rows.jsonl: no record has the column")
                .hasMessageContaining("tone")
                .hasMessageContaining("customer");
    }
}
