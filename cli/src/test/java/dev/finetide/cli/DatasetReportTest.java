package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.platform.DatasetReports;
import dev.finetide.cli.platform.Datasets;
import dev.finetide.cli.platform.Platform;
import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.Distribution;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.Share;
import dev.finetide.proto.dataset.v1.ShareOf;
import dev.finetide.proto.dataset.v1.SuitabilityReason;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetReportTest {
    private static final String VERSION = "projects/default/datasets/tickets/versions/3";

    @TempDir
    Path directory;

    private final Datasets datasets = new Datasets();
    private final DatasetReports reports = new DatasetReports();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(datasets, reports);
        datasets.rows.add(Row.newBuilder()
                .setSplit("train")
                .setNumber(1)
                .setJson("{\"prompt\":\"Where is <b>my</b> parcel? " + "x".repeat(200)
                        + "\",\"completion\":\"delivery\"}")
                .build());
        reports.stages.add(report(State.SUCCEEDED));
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    private static DatasetReport report(State state) {
        SuitabilityReport.Builder report =
                SuitabilityReport.newBuilder().addDone(ReportSection.CONTENTS).addDone(ReportSection.VERDICT);
        report.addUnmeasuredBuilder().setWhat("languages").setWhy("the rows are too short");
        ContentsSection.Builder contents = report.getContentsBuilder()
                .setTask("classification")
                .setTaskReason("3 answers for 40 rows")
                .addClasses(ShareOf.newBuilder().setName("delivery").setRows(30))
                .addClasses(ShareOf.newBuilder().setName("billing").setRows(10));
        contents.addPartsBuilder()
                .setField("split")
                .setValue("train")
                .setRows(40)
                .setQuestionWords(Distribution.newBuilder()
                        .setRows(40)
                        .setMin(2)
                        .setMean(5.5)
                        .setMedian(5)
                        .setP5(2)
                        .setP95(11)
                        .setMax(12)
                        .addAllEdges(List.of(2.0, 7.0, 12.0))
                        .addAllCounts(List.of(30L, 10L)));
        report.getDuplicatesBuilder()
                .setExactRows(
                        Share.newBuilder().setRows(2).setOf(40).setLow(0.01).setHigh(0.16))
                .addExamples(RowFound.newBuilder()
                        .setKind(FoundKind.EXACT_DUPLICATE)
                        .setSplit("train")
                        .setNumber(4)
                        .setOtherSplit("train")
                        .setOtherNumber(1));
        report.getVerdictBuilder()
                .setSentence("Mend these rows before anything else.")
                .addReasons(SuitabilityReason.newBuilder()
                        .setSentence("2 of 40 rows stand twice.")
                        .addRows(RowFound.newBuilder().setSplit("train").setNumber(1)))
                .addNextSteps("finetide dataset derive tickets --from tickets@3 --dedupe near");
        return DatasetReport.newBuilder()
                .setName("projects/default/datasetReports/report-1")
                .setDatasetVersion(VERSION)
                .setDigest("d".repeat(64))
                .setState(state)
                .setReport(report)
                .build();
    }

    private CliRun report(String... more) {
        String[] all = new String[more.length + 3];
        System.arraycopy(new String[] {"dataset", "report", "tickets@3"}, 0, all, 0, 3);
        System.arraycopy(more, 0, all, 3, more.length);
        return CliRun.against(platform, all);
    }

    @Test
    void theVerdictStandsFirstAndWhatWasNotMeasuredLast() {
        CliRun run = report();

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines().toList())
                .startsWith("tickets@3", "Mend these rows before anything else.", "  - 2 of 40 rows stand twice.")
                .endsWith("Not measured", "  languages: the rows are too short")
                .contains("  finetide dataset derive tickets --from tickets@3 --dedupe near")
                .anyMatch(line -> line.contains("Where is <b>my</b> parcel?"))
                .anyMatch(line -> line.contains("xxx") && line.endsWith("…"))
                .contains("        => delivery")
                .anyMatch(line -> line.contains("rows that equal an earlier one: 2 of 40 (5.0 %; 1.0 % to 16.0 %)"))
                .allMatch(line -> line.length() <= 80);
        assertThat(reports.requests.getFirst().getDatasetVersion()).isEqualTo(VERSION);
    }

    @Test
    void theCommandForMoreRowsNamesTheBase() {
        DatasetReport.Builder withBase = report(State.SUCCEEDED).toBuilder().setBase("projects/default/bases/tiny");
        for (int i = 1; i <= 4; i++) {
            withBase.getReportBuilder()
                    .getWithBaseBuilder()
                    .addSurprising(RowFound.newBuilder()
                            .setKind(FoundKind.SURPRISING)
                            .setSplit("train")
                            .setNumber(i));
        }
        reports.stages.set(0, withBase.build());

        assertThat(report().out())
                .contains("more of them: finetide dataset report tickets@3 --base tiny --found surprising");
    }

    @Test
    void aReportThatIsNotMadeYetSaysSoAndIsWaitedFor() {
        DatasetReport running = report(State.RUNNING).toBuilder()
                .setReport(SuitabilityReport.newBuilder().addDone(ReportSection.CONTENTS))
                .build();
        reports.stages.addAll(0, List.of(running, running, running));

        CliRun now = report();
        CliRun waited = report("--wait");

        assertThat(now.out()).contains("is being made (running, 1 sections so far); --wait waits for it");
        assertThat(waited.out()).contains("Mend these rows");
        assertThat(waited.err()).contains("made: verdict");
    }

    @Test
    void aReportThatFailedSaysWhyAndEndsWithOne() {
        reports.stages.set(
                0,
                report(State.FAILED).toBuilder()
                        .setReport(SuitabilityReport.getDefaultInstance())
                        .setError(WorkError.newBuilder().setMessage("a shard is gone"))
                        .build());

        CliRun run = report("--wait");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("the report failed: a shard is gone");
    }

    @Test
    void suggestedLabelsBecomeAFileWithEachIdOnce() throws IOException {
        for (String id : List.of("a1", "b2", "a1")) {
            reports.found.add(RowFound.newBuilder()
                    .setKind(FoundKind.LABEL_ISSUE)
                    .setId(id)
                    .setSuggestion("bill\"ing")
                    .build());
        }
        reports.breakAfterRows.set(2);
        Path labels = directory.resolve("labels.jsonl");

        CliRun run = report("--relabel", labels.toString());
        CliRun again = report("--relabel", labels.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(labels)
                .hasContent("{\"id\":\"a1\",\"answer\":\"bill\\\"ing\"}\n{\"id\":\"b2\",\"answer\":\"bill\\\"ing\"}\n");
        assertThat(run.err()).contains("2 suggested labels").contains("--from tickets@3 --relabel");
        assertThat(again.exitCode()).isEqualTo(4);
    }

    @Test
    void rowsOfOneKindAreListed() {
        reports.found.add(RowFound.newBuilder()
                .setKind(FoundKind.LEAK)
                .setSplit("test")
                .setNumber(7)
                .setId("0123456789abcdef")
                .setOtherSplit("train")
                .setOtherNumber(2)
                .setValue(0.94)
                .build());

        assertThat(report("--found", "leak").out())
                .isEqualTo("test 7: leak of train 2, similarity 0.940  id 0123456789abcdef\n");
        assertThat(report("--found", "leak", "-o", "json").out()).contains("\"number\":7");
        assertThat(report("--found", "unsafe").err()).contains("no row with this finding");
        CliRun unknown = report("--found", "leeks");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("near-duplicate, leak");
    }

    @Test
    void thePageHasAllThatItNeedsAndShowsRowsAsText() throws IOException {
        Path page = directory.resolve("report.html");

        CliRun run = report("--html", page.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Files.readString(page))
                .contains("Is tickets@3 fit for fine-tuning?")
                .contains("Where is &lt;b&gt;my&lt;/b&gt; parcel?")
                .contains("<svg class=\"plot\"")
                .contains("Words of the questions of train")
                .contains("languages: the rows are too short")
                .doesNotContain("<script")
                .doesNotContain("http");
        assertThat(report("--html", page.toString()).exitCode()).isEqualTo(4);
    }

    @Test
    void aPushSaysHowToSeeTheReport() throws IOException {
        Path rows = Files.writeString(directory.resolve("a.jsonl"), "{\"prompt\": \"p\", \"completion\": \"c\"}\n");

        CliRun push = CliRun.against(platform, "dataset", "push", "tickets", rows.toString());

        assertThat(push.err()).endsWith("finetide dataset report tickets@1 --wait\n");
    }
}
