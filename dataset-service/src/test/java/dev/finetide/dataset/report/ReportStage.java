package dev.finetide.dataset.report;

import dev.finetide.kit.attempt.ManualReception;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.auth.AttemptTokens;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.RecordingPublisher;
import dev.finetide.kit.launch.FakeLauncher;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.ShareOf;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.ReportFinished;
import dev.finetide.proto.worker.v1.ReportProgress;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The reports of the service with stores in memory and workers that a test plays.
final class ReportStage {
    static final String VERSION = "projects/default/datasets/tickets/versions/1";
    static final String BASE = "projects/default/bases/tiny";
    static final String LABEL = "a label that stands in rows";

    final ManualClock clock = new ManualClock();
    final InMemoryReportStore store = new InMemoryReportStore();
    final RecordingPublisher published = new RecordingPublisher();
    final FakeLauncher launcher = new FakeLauncher();
    final Map<String, DatasetVersion> versions = new HashMap<>();
    final List<DatasetReport> changes = new ArrayList<>();
    /// Limits of the service, from its next start on.
    Limits limits = TestLimits.none();
    DatasetReports reports = service();

    void restart() {
        reports = service();
    }

    private DatasetReports service() {
        ManualReception reception = new ManualReception(clock);
        DatasetReports service = new DatasetReports(
                store,
                new DatasetReports.Inputs(
                        name -> Optional.ofNullable(versions.get(name)).orElseThrow(() -> ApiException.notFound(name)),
                        name -> Base.newBuilder().setName(name).build()),
                published,
                new Workers(launcher, clock::moment),
                new WorkerWatch(ManualReception.LIMITS, reception, clock::moment),
                new WorkerSite(
                        "127.0.0.1:9101", "127.0.0.1:9092", "file:///blobs", "/devices", AttemptTokens.ofRandomKey()),
                new Settings(),
                changes::add,
                limits,
                clock);
        service.takeOver();
        return service;
    }

    private record Settings() implements ReportSettings {
        @Override
        public int atOnce() {
            return 1;
        }

        @Override
        public boolean onPublication() {
            return true;
        }

        @Override
        public Duration startWithin() {
            return ManualReception.LIMITS.startWithin();
        }

        @Override
        public Duration lostAfter() {
            return ManualReception.LIMITS.lostAfter();
        }

        @Override
        public Duration progressWithin() {
            return ManualReception.LIMITS.progressWithin();
        }

        @Override
        public Duration tickEvery() {
            return Duration.ofSeconds(1);
        }

        @Override
        public Duration stopGrace() {
            return Duration.ofSeconds(1);
        }
    }

    /// Publishes a version, and returns the name of its report.
    String aReport() {
        DatasetVersion version = DatasetVersion.newBuilder()
                .setName(VERSION)
                .setDigest("d1")
                .setTrainRows(4)
                .build();
        versions.put(VERSION, version);
        reports.onPublished(version);
        return store.ofVersion(VERSION).getFirst();
    }

    Worker aWorker() {
        String name = aReport();
        reports.tick();
        return worker(name);
    }

    /// Returns the worker of the report's current attempt, which has claimed its epoch.
    Worker worker(String name) {
        return new Worker(
                name,
                reports.claim(ClaimAttemptRequest.newBuilder()
                        .setResource(name)
                        .setAttempt(reports.get(name).getAttempt())
                        .build()));
    }

    /// Plays one worker process: numbers its reports.
    final class Worker {
        final String report;
        final ClaimAttemptResponse claim;
        private final int attempt;
        private long sequence;

        Worker(String report, ClaimAttemptResponse claim) {
            this.report = report;
            this.claim = claim;
            this.attempt = reports.get(report).getAttempt();
        }

        Worker started() {
            return send(WorkerEvent.newBuilder().setStarted(WorkerStarted.getDefaultInstance()));
        }

        Worker contents() {
            return section(
                    SuitabilityReport.newBuilder()
                            .addDone(ReportSection.CONTENTS)
                            .setContents(ContentsSection.newBuilder()
                                    .setTask("classification")
                                    .addClasses(
                                            ShareOf.newBuilder().setName(LABEL).setRows(3))),
                    "attempts/" + claim.getEpoch());
        }

        Worker verdict() {
            SuitabilityReport.Builder verdict = SuitabilityReport.newBuilder().addDone(ReportSection.VERDICT);
            verdict.getVerdictBuilder().setFitness(Fitness.FITS).setSentence("Fine-tuning fits these rows.");
            return section(verdict, "attempts/" + claim.getEpoch());
        }

        /// Sends a section with one file.
        ///
        /// @param folder folder of the file below the report's prefix
        Worker section(SuitabilityReport.Builder section, String folder) {
            String id = report.substring(report.lastIndexOf('/') + 1);
            return send(WorkerEvent.newBuilder()
                    .setReportProgress(ReportProgress.newBuilder()
                            .setSection(section)
                            .addFiles(BlobFile.newBuilder()
                                    .setPath("found/leak.jsonl.zst")
                                    .setSha256("0".repeat(64))
                                    .setBlobKey("datasetReports/default/" + id + "/" + folder
                                            + "/contents/found/leak.jsonl.zst"))));
        }

        Worker finished() {
            return send(WorkerEvent.newBuilder()
                    .setReportFinished(ReportFinished.newBuilder().setSeconds(2)));
        }

        Worker send(WorkerEvent.Builder event) {
            reports.on(event.setResource(report)
                    .setAttempt(attempt)
                    .setEpoch(claim.getEpoch())
                    .setSequence(++sequence)
                    .build());
            return this;
        }
    }
}
