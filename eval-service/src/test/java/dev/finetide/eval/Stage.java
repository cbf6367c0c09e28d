package dev.finetide.eval;

import dev.finetide.kit.attempt.ManualReception;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.auth.AttemptTokens;
import dev.finetide.kit.event.RecordingPublisher;
import dev.finetide.kit.launch.FakeLauncher;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.Aggregate;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.ArmFailed;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.EvaluationFinished;
import dev.finetide.proto.worker.v1.ExampleResults;
import dev.finetide.proto.worker.v1.JudgeReport;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerFailed;
import dev.finetide.proto.worker.v1.WorkerHeartbeat;
import dev.finetide.proto.worker.v1.WorkerStarted;
import dev.finetide.proto.worker.v1.WorkerStopped;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/// Builds an eval service of fakes, and plays its workers.
final class Stage {
    static final long ROWS = 4;
    static final long TRAIN_ROWS = 12;

    final ManualClock clock = new ManualClock();
    final EvaluationStore store = new InMemoryEvaluationStore();
    final InMemoryModelVersions versions = new InMemoryModelVersions();
    final FakeCatalog catalog = new FakeCatalog();
    final RecordingPublisher published = new RecordingPublisher();
    final FakeLauncher launcher = new FakeLauncher();
    final ManualReception reception = new ManualReception(clock);
    /// Limits of the service, from its next start on.
    Limits limits = TestLimits.none();
    Evaluations evaluations = service();
    private int runs;

    /// Returns the service as it is after a start: same store, same workers, nothing remembered.
    private Evaluations service() {
        Evaluations service = new Evaluations(
                store,
                new EvaluationInputs(catalog, new Arms(store, versions, new EndpointHosts(Set.of("models.test")))),
                versions,
                published,
                new Workers(launcher, clock::moment),
                new WorkerWatch(ManualReception.LIMITS, reception, clock::moment),
                new WorkerSite(
                        "127.0.0.1:9103", "127.0.0.1:9092", "file:///blobs", "/devices", AttemptTokens.ofRandomKey()),
                limits,
                1,
                clock);
        service.takeOver();
        return service;
    }

    void restart() {
        evaluations = service();
    }

    /// Returns a run that succeeded, whose dataset has this many test rows.
    TrainingRun aRun(long testRows) {
        return TrainingRun.newBuilder()
                .setName("projects/default/trainingRuns/run-" + ++runs)
                .setState(State.SUCCEEDED)
                .setConfig(TrainingConfig.newBuilder()
                        .setModel("projects/default/models/tickets")
                        .setMaxAttempts(2))
                .setDatasetVersion(DatasetVersion.newBuilder()
                        .setName("projects/default/datasets/tickets/versions/3")
                        .setDigest("tickets-3")
                        .setTrainRows(TRAIN_ROWS)
                        .setTestRows(testRows))
                .setBase(Base.newBuilder().setName(FakeCatalog.BASE).setDigest(FakeCatalog.BASE_DIGEST))
                .setOutput(anOutput("run-" + runs).setTrainSeconds(20))
                .build();
    }

    /// Returns the output of a run, with one file.
    static TrainingOutput.Builder anOutput(String id) {
        BlobFile file = BlobFile.newBuilder()
                .setPath("adapter_model.safetensors")
                .setSizeBytes(9)
                .setSha256("%064x".formatted(Integer.toUnsignedLong(id.hashCode())))
                .setBlobKey("trainingRuns/default/" + id + "/attempts/2/model/adapter_model.safetensors")
                .build();
        return TrainingOutput.newBuilder()
                .setKind(ModelKind.ADAPTER)
                .addFiles(file)
                .setDigest(FileSet.digest(List.of(file)));
    }

    String aQueuedEvaluation() {
        clock.advance(Duration.ofMillis(5));
        TrainingRun run = aRun(ROWS);
        evaluations.onSucceeded(run);
        return ofRun(run).getName();
    }

    Evaluation ofRun(TrainingRun run) {
        return evaluations.ofRun(run.getName()).orElseThrow();
    }

    String aRunningEvaluation() {
        String name = aQueuedEvaluation();
        evaluations.tick();
        return name;
    }

    Worker aWorker() {
        return worker(aRunningEvaluation());
    }

    /// Returns the worker of the evaluation's current attempt, which has claimed its epoch.
    Worker worker(String evaluation) {
        return new Worker(
                evaluation,
                claim(evaluation, evaluations.get(evaluation).getAttempt()).getEpoch());
    }

    ClaimAttemptResponse claim(String evaluation, int attempt) {
        return evaluations.claim(ClaimAttemptRequest.newBuilder()
                .setResource(evaluation)
                .setAttempt(attempt)
                .build());
    }

    State state(String evaluation) {
        return evaluations.get(evaluation).getState();
    }

    void tickFor(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            evaluations.tick();
        }
    }

    static EvaluationRows someRows(long rows) {
        return EvaluationRows.newBuilder()
                .setRows(rows)
                .setMaxNewTokens(16)
                .addMetrics(MetricInfo.newBuilder()
                        .setName("exact_match")
                        .setHigherIsBetter(true)
                        .setAggregate(Aggregate.YES_NO))
                .build();
    }

    /// Plays one worker process: numbers its reports.
    final class Worker {
        final String evaluation;
        final long epoch;
        private final int attempt;
        private long sequence;

        Worker(String evaluation, long epoch) {
            this.evaluation = evaluation;
            this.epoch = epoch;
            this.attempt = evaluations.get(evaluation).getAttempt();
        }

        private WorkerEvent send(WorkerEvent.Builder report) {
            WorkerEvent event = report.setResource(evaluation)
                    .setAttempt(attempt)
                    .setEpoch(epoch)
                    .setSequence(++sequence)
                    .build();
            evaluations.on(event);
            return event;
        }

        WorkerEvent heartbeat() {
            return send(WorkerEvent.newBuilder().setHeartbeat(WorkerHeartbeat.getDefaultInstance()));
        }

        /// Reports answers, of which those of even rows are right.
        WorkerEvent answers(String arm, long from, long to) {
            ExampleResults.Builder results = ExampleResults.newBuilder();
            LongStream.range(from, to)
                    .forEach(row -> results.addResults(ExampleResult.newBuilder()
                            .setRow(row)
                            .setArm(arm)
                            .setOutput("output")
                            .putScores("exact_match", row % 2 == 0 ? 1 : 0)));
            return send(WorkerEvent.newBuilder().setResults(results));
        }

        WorkerEvent answersRepeat(String arm, int repeat, long from, long to) {
            ExampleResults.Builder results = ExampleResults.newBuilder();
            LongStream.range(from, to)
                    .forEach(row -> results.addResults(ExampleResult.newBuilder()
                            .setRow(row)
                            .setArm(arm)
                            .setRepeat(repeat)
                            .putScores("exact_match", repeat % 2)));
            return send(WorkerEvent.newBuilder().setResults(results));
        }

        /// Reports losses on rows of a probe, each of ten tokens.
        ///
        /// @param loss loss of each token, in nats
        WorkerEvent probed(String arm, String probe, long from, long to, double loss) {
            ExampleResults.Builder results = ExampleResults.newBuilder();
            LongStream.range(from, to)
                    .forEach(row -> results.addResults(ExampleResult.newBuilder()
                            .setRow(row)
                            .setArm(arm)
                            .setProbe(probe)
                            .setNll(10 * loss)
                            .setTokens(10)));
            return send(WorkerEvent.newBuilder().setResults(results));
        }

        void answersAll() {
            started(ROWS);
            answers("base", 0, ROWS);
            answers("tuned", 0, ROWS);
        }

        /// Reports the start.
        ///
        /// @param rows rows that are not left out
        WorkerEvent started(long rows) {
            return startedWith(someRows(rows));
        }

        WorkerEvent startedWith(EvaluationRows rows) {
            return send(WorkerEvent.newBuilder()
                    .setStarted(WorkerStarted.newBuilder().setEvaluationRows(rows)));
        }

        WorkerEvent prepared(ArmPreparation preparation) {
            return send(WorkerEvent.newBuilder().setArmPrepared(preparation));
        }

        WorkerEvent armFailed(String arm, String message) {
            return send(WorkerEvent.newBuilder()
                    .setArmFailed(ArmFailed.newBuilder()
                            .setArm(arm)
                            .setError(WorkError.newBuilder()
                                    .setReason(WorkReason.BAD_CONFIGURATION)
                                    .setMessage(message))));
        }

        WorkerEvent judged(JudgeReply... replies) {
            return send(
                    WorkerEvent.newBuilder().setJudge(JudgeReport.newBuilder().addAllReplies(List.of(replies))));
        }

        WorkerEvent judgeFailed(String message) {
            return send(WorkerEvent.newBuilder()
                    .setJudge(JudgeReport.newBuilder()
                            .setError(WorkError.newBuilder()
                                    .setReason(WorkReason.BAD_CONFIGURATION)
                                    .setMessage(message))));
        }

        WorkerEvent finished() {
            return send(WorkerEvent.newBuilder()
                    .setEvaluationFinished(EvaluationFinished.newBuilder().setSeconds(2)));
        }

        WorkerEvent failed(boolean retryable) {
            return send(WorkerEvent.newBuilder()
                    .setFailed(WorkerFailed.newBuilder()
                            .setError(WorkError.newBuilder()
                                    .setReason(WorkReason.OUT_OF_MEMORY)
                                    .setMessage("it went wrong"))
                            .setRetryable(retryable)));
        }

        WorkerEvent stopped() {
            return send(WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance()));
        }
    }
}
