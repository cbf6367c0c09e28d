package dev.finetide.dataset.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.proto.dataset.v1.CancelDatasetReportRequest;
import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.proto.dataset.v1.CreateDatasetReportRequest;
import dev.finetide.proto.dataset.v1.DatasetEvent;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ListDatasetReportsRequest;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.BaseLosses;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DatasetReportsTest {
    private final ReportStage stage = new ReportStage();

    @Test
    void aPublishedVersionGetsAReportThatGrowsToItsVerdict() {
        ReportStage.Worker worker = stage.aWorker().started().contents();

        DatasetReport growing = stage.reports.get(worker.report);
        worker.verdict().finished();
        DatasetReport made = stage.reports.get(worker.report);

        WorkerSpec spec = stage.launcher.started().getFirst();
        assertThat(spec.hasReport()).isTrue();
        assertThat(spec.hasBase()).isFalse();
        assertThat(growing.getState()).isEqualTo(State.RUNNING);
        assertThat(growing.getReport().getDoneList()).containsExactly(ReportSection.CONTENTS);
        assertThat(growing.getReport().getContents().getTask()).isEqualTo("classification");
        assertThat(made.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(made.getReport().getVerdict().getSentence()).isEqualTo("Fine-tuning fits these rows.");
        assertThat(made.getReport().getSeconds()).isEqualTo(2);
        assertThat(made.getFilesCount()).isEqualTo(2);
        assertThat(stage.changes)
                .extracting(DatasetReport::getState)
                .containsExactly(State.QUEUED, State.RUNNING, State.SUCCEEDED);
    }

    @Test
    void theEventAndTheListHaveNumbersAndNoTextOfRows() {
        ReportStage.Worker worker =
                stage.aWorker().started().contents().verdict().finished();

        DatasetReport told = events().getFirst().getDatasetReportReady().getDatasetReport();
        DatasetReport listed = stage.reports
                .list(ListDatasetReportsRequest.newBuilder()
                        .setParent("projects/default")
                        .setDatasetVersion(ReportStage.VERSION)
                        .build())
                .getDatasetReports(0);

        assertThat(events()).hasSize(1);
        for (DatasetReport bare : List.of(told, listed)) {
            assertThat(bare.toString()).doesNotContain(ReportStage.LABEL);
            assertThat(bare.getReport().getContents().getClasses(0).getRows()).isEqualTo(3);
            assertThat(bare.getReport().getVerdict().getSentence()).isNotEmpty();
        }
        assertThat(stage.reports.get(worker.report).toString()).contains(ReportStage.LABEL);
    }

    private List<DatasetEvent> events() {
        return stage.published.published().stream()
                .filter(event -> event.topic().equals(Topics.DATASET))
                .map(event -> (DatasetEvent) event.envelope())
                .toList();
    }

    @Test
    void theNextAttemptGoesOnAfterTheLastSection() {
        ReportStage.Worker first = stage.aWorker().started().contents();
        stage.launcher.exit(first.report, 1, 137);
        for (int i = 0; i < 40; i++) {
            stage.clock.advance(Duration.ofSeconds(1));
            stage.reports.tick();
        }

        ReportStage.Worker second = stage.worker(first.report);
        first.verdict().finished();
        second.started().contents();
        DatasetReport going = stage.reports.get(first.report);

        assertThat(second.claim.getReportSoFar().getDoneList()).containsExactly(ReportSection.CONTENTS);
        assertThat(going.getState()).isEqualTo(State.RUNNING);
        assertThat(going.getReport().getDoneList()).containsExactly(ReportSection.CONTENTS);
        second.verdict().finished();
        assertThat(stage.reports.get(first.report).getState()).isEqualTo(State.SUCCEEDED);
    }

    @Test
    void aReportWithoutItsVerdictIsNotTakenForWhole() {
        ReportStage.Worker worker = stage.aWorker().started().contents().finished();

        assertThat(stage.reports.get(worker.report).getState()).isEqualTo(State.QUEUED);
    }

    @Test
    void aSectionThatDoesNotFitIsRefused() {
        ReportStage.Worker worker = stage.aWorker().started();
        SuitabilityReport.Builder two =
                SuitabilityReport.newBuilder().addDone(ReportSection.CONTENTS).addDone(ReportSection.VERDICT);
        SuitabilityReport.Builder one = SuitabilityReport.newBuilder()
                .addDone(ReportSection.CONTENTS)
                .setContents(ContentsSection.getDefaultInstance());

        assertThatThrownBy(() -> worker.section(two, "attempts/" + worker.claim.getEpoch()))
                .hasMessageContaining("expected one section");
        assertThatThrownBy(() -> worker.section(one, "attempts/7")).hasMessageContaining("expected a blob below");
        assertThat(stage.reports.get(worker.report).getReport().getDoneCount()).isZero();
    }

    @Test
    void aDeletedVersionEndsItsReportsAndTakesTheirTexts() {
        ReportStage.Worker worker = stage.aWorker().started().contents();

        stage.reports.onDeleted(ReportStage.VERSION);
        worker.verdict().finished();
        DatasetReport ended = stage.reports.get(worker.report);

        assertThat(ended.getState()).isEqualTo(State.CANCELLED);
        assertThat(ended.getFilesCount()).isZero();
        assertThat(ended.toString()).doesNotContain(ReportStage.LABEL);
        assertThat(stage.launcher.stopped()).containsExactly(worker.report + "#1");
    }

    @Test
    void theSameVersionAndBaseHaveOneReportUnlessItIsAskedForAgain() {
        ReportStage.Worker worker =
                stage.aWorker().started().contents().verdict().finished();

        DatasetReport same = create(request());
        DatasetReport again = create(request().setAgain(true));
        String id = UUID.randomUUID().toString();
        DatasetReport first = create(request().setAgain(true).setRequestId(id));
        DatasetReport repeated = create(request().setAgain(true).setRequestId(id));

        assertThat(same.getName()).isEqualTo(worker.report);
        assertThat(again.getName()).isNotEqualTo(worker.report);
        assertThat(repeated.getName()).isEqualTo(first.getName());
        assertRefused(request().setRequestId(id), ErrorReason.RESOURCE_EXISTS);
    }

    @Test
    void aReportWithABaseBeginsWithTheSectionsOfTheRowsAlone() {
        stage.aWorker().started().contents().verdict().finished();

        DatasetReport withBase = create(request().setBase(ReportStage.BASE));
        stage.reports.tick();
        ReportStage.Worker worker = stage.worker(withBase.getName());

        WorkerSpec spec = stage.launcher.started().getLast();
        assertThat(spec.getBase().getName()).isEqualTo(ReportStage.BASE);
        assertThat(worker.claim.getReportSoFar().getDoneList()).containsExactly(ReportSection.CONTENTS);
        assertThat(worker.claim.getReportSoFar().hasVerdict()).isFalse();
        worker.started().verdict().finished();
        assertThat(stage.reports.get(withBase.getName()).getState())
                .as("without its section")
                .isEqualTo(State.QUEUED);
    }

    @Test
    void theNextAttemptKnowsTheLossesThatWereMeasured() {
        stage.aWorker().started().contents().verdict().finished();
        DatasetReport withBase = create(request().setBase(ReportStage.BASE));
        stage.reports.tick();
        ReportStage.Worker first = stage.worker(withBase.getName())
                .started()
                .send(losses(1.5, 2.0))
                .send(losses(0.25));
        stage.launcher.exit(first.report, 1, 137);
        for (int i = 0; i < 40; i++) {
            stage.clock.advance(Duration.ofSeconds(1));
            stage.reports.tick();
        }

        ReportStage.Worker second = stage.worker(first.report).started();
        assertThat(second.claim.getBaseLossesList()).containsExactly(1.5, 2.0, 0.25);

        second.section(
                SuitabilityReport.newBuilder().addDone(ReportSection.WITH_BASE), "attempts/" + second.claim.getEpoch());
        assertThat(stage.reports.get(first.report).getBaseLossesList()).isEmpty();
        assertThatThrownBy(() -> second.send(losses(1.0))).hasMessageContaining("expected no losses of a base, got 1");
    }

    private static WorkerEvent.Builder losses(Double... losses) {
        return WorkerEvent.newBuilder().setBaseLosses(BaseLosses.newBuilder().addAllLosses(List.of(losses)));
    }

    @Test
    void oneReportAtATimeHoldsAWorker() {
        stage.aReport();
        create(request().setBase(ReportStage.BASE));

        stage.reports.tick();

        assertThat(stage.launcher.started()).hasSize(1);
    }

    @Test
    void documentsAndDeletedOrUnknownVersionsAreRefusedInWords() {
        DatasetVersion documents = DatasetVersion.newBuilder()
                .setName("projects/default/datasets/handbook/versions/1")
                .setRowFormat(RowFormat.DOCUMENTS)
                .build();
        stage.versions.put(documents.getName(), documents);
        stage.reports.onPublished(documents);
        stage.aReport();
        stage.store.deleted.add(ReportStage.VERSION);

        assertThat(stage.store.ofVersion(documents.getName())).isEmpty();
        assertRefused(request().setDatasetVersion(documents.getName()), ErrorReason.INVALID_FIELD);
        assertRefused(request(), ErrorReason.ILLEGAL_STATE);
        assertRefused(
                request().setDatasetVersion("projects/default/datasets/none/versions/1"),
                ErrorReason.RESOURCE_NOT_FOUND);
        assertRefused(
                request().setDatasetVersion("projects/other/datasets/tickets/versions/1"), ErrorReason.INVALID_FIELD);
    }

    @Test
    void aCancelledReportTakesNoSection() {
        ReportStage.Worker worker = stage.aWorker().started();

        DatasetReport cancelled = stage.reports.cancel(
                CancelDatasetReportRequest.newBuilder().setName(worker.report).build());
        worker.contents();

        assertThat(cancelled.getState()).isEqualTo(State.CANCELLED);
        assertThat(stage.reports.get(worker.report).getReport().getDoneCount()).isZero();
        assertThat(create(request()).getName()).isNotEqualTo(worker.report);
    }

    @Test
    void aProjectHasSoManyReportsThatWaitAndThoseOfPublishedVersionsAreNotRefused() {
        stage.limits = TestLimits.of(Limit.QUEUED_RUNS, 1);
        stage.restart();
        stage.aReport();
        assertRefused(request().setAgain(true), ErrorReason.QUOTA_EXCEEDED);
        assertThat(create(request()).getName()).as("the one that exists").isNotEmpty();
    }

    private static CreateDatasetReportRequest.Builder request() {
        return CreateDatasetReportRequest.newBuilder()
                .setParent("projects/default")
                .setDatasetVersion(ReportStage.VERSION);
    }

    private DatasetReport create(CreateDatasetReportRequest.Builder request) {
        stage.clock.advance(Duration.ofMillis(5));
        return stage.reports.create(request.build());
    }

    private void assertRefused(CreateDatasetReportRequest.Builder request, ErrorReason reason) {
        assertThatThrownBy(() -> create(request))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
    }
}
