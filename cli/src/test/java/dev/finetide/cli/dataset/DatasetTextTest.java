package dev.finetide.cli.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.InvalidRowGroup;
import dev.finetide.proto.dataset.v1.Overlap;
import dev.finetide.proto.dataset.v1.ReadFile;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowContentCount;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.proto.dataset.v1.StepReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class DatasetTextTest {
    private static final DatasetVersion VERSION = DatasetVersion.newBuilder()
            .setName("projects/default/datasets/d/versions/1")
            .setTrainRows(40)
            .setTestRows(2)
            .setRowFormat(RowFormat.CHAT)
            .build();

    @Test
    void contentsOfTheRowsAreOneLine() {
        DatasetVersion version = VERSION.toBuilder()
                .addContents(count(RowContent.SYSTEM_TURN, 42, "train", 1))
                .addContents(count(RowContent.TOOLS, 12, "train", 3))
                .addContents(count(RowContent.REASONING, 1, "test", 2))
                .build();

        assertThat(printed(version).lines())
                .anySatisfy(line -> assertThat(line)
                        .startsWith("contents")
                        .endsWith("system turns in all rows, tools in 12 rows (first: line 3 of the train file),"
                                + " reasoning in 1 row (first: line 2 of the test file)"));
    }

    @Test
    void questionsAndAnswersAloneNeedNoLine() {
        assertThat(printed(VERSION)).doesNotContain("contents");
    }

    @Test
    void splitsFilesOverlapsReasonsAndStepsAreNamed() {
        DatasetVersion.Builder version = VERSION.toBuilder()
                .addSplits(Split.newBuilder().setName("train").setRows(40))
                .addSplits(Split.newBuilder()
                        .setName("medicine")
                        .setRows(2)
                        .setOverlappingRows(2)
                        .setMovedRows(3)
                        .addOverlaps(Overlap.newBuilder()
                                .setPlace(place("med.csv", 3))
                                .setRowNumber(2)
                                .setOtherSplit("train")
                                .setOtherRowNumber(7)
                                .setOtherPlace(RowPlace.newBuilder()
                                        .setFile("a.parquet")
                                        .setRecord(7))))
                .addFiles(ReadFile.newBuilder()
                        .setPath("med.csv")
                        .setContainer("csv")
                        .setDelimiter("\t")
                        .setEncoding("windows-1252")
                        .setCompression("gzip")
                        .setShape("template")
                        .setRecords(5)
                        .setSizeBytes(1200))
                .addSteps(StepReport.newBuilder()
                        .setStep("dedupe near")
                        .setRowsIn(50)
                        .setRowsOut(42)
                        .setRowsChanged(1));
        version.getRecipeBuilder()
                .addSourcesBuilder()
                .setDatasetVersion("projects/default/datasets/d/versions/3")
                .setWeight(2);
        version.getReportBuilder()
                .setRowsRead(50)
                .setRowsInvalid(4)
                .setRowsTooLong(1)
                .setLeakedTestRows(2)
                .addInvalidGroups(InvalidRowGroup.newBuilder()
                        .setReason("messages[*] has no\u001b role")
                        .setRows(4)
                        .addFirst(place("med.csv", 4))
                        .addFirst(place("med.csv", 9))
                        .addFirst(place("b.csv", 2)));

        assertThat(printed(version.build())).isEqualToNormalizingNewlines("""
                dataset    d@1
                rows       40 train, 2 medicine
                form       chat
                answers    text
                made from  d@3 (weight 2)
                digest
                created    -
                moved      3 rows to an earlier split that has the same input
                too long   1 row with more tokens than the limit (left out)
                left out   4 invalid rows of 50

                FILE     SPLIT      RECORDS  READ AS                                  SIZE
                med.csv  by column  5        csv (tab, windows-1252, gzip), template  1.2 kB

                Left out as invalid
                  4 rows: messages[*] has no␛ role (med.csv line 4, 9, b.csv line 2, ...)

                2 rows of medicine with an input that is also in an earlier split (kept)
                  medicine row 2 (med.csv line 3) = train row 7 (a.parquet record 7)
                  ... all of them: finetide dataset rows NAME --leaked

                STEP         ROWS IN  ROWS OUT  LEFT OUT  CHANGED
                dedupe near  50       42        8         1
                """);
    }

    private static RowPlace place(String file, long line) {
        return RowPlace.newBuilder().setFile(file).setLine(line).build();
    }

    private static RowContentCount count(RowContent content, long rows, String file, long line) {
        return RowContentCount.newBuilder()
                .setContent(content)
                .setRows(rows)
                .setFirst(RowPlace.newBuilder().setFile(file).setLine(line))
                .build();
    }

    private static String printed(DatasetVersion version) {
        StringWriter text = new StringWriter();
        DatasetText.print(version, new PrintWriter(text));
        return text.toString();
    }
}
