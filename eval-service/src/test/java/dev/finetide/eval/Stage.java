package dev.finetide.eval;

import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.event.RecordingPublisher;
import dev.finetide.kit.launch.FakeLauncher;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Variant;
import dev.finetide.proto.evaluation.v1.VariantMetrics;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.ExampleResults;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerFailed;
import dev.finetide.proto.worker.v1.WorkerHeartbeat;
import dev.finetide.proto.worker.v1.WorkerStarted;
import dev.finetide.proto.worker.v1.WorkerStopped;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.LongStream;

/// Builds an eval service of fakes, and plays its workers.
final class Stage {
    static final long ROWS = 4;

    final ManualClock clock = new ManualClock();
    final EvaluationStore store = new InMemoryEvaluationStore();
    final RecordingPublisher published = new RecordingPublisher();
    final FakeLauncher launcher = new FakeLauncher();
    Optional<Instant> brokerSince = Optional.of(clock.instant());
    Evaluations evaluations = service();
    private int runs;

    /// Returns the service as it is after a start: same store, same workers, nothing remembered.
    private Evaluations service() {
        Evaluations service = new Evaluations(
                store,
                published,
                new Workers(launcher, clock),
                new WorkerWatch(Duration.ofMinutes(10), Duration.ofSeconds(30), () -> brokerSince, clock),
                new WorkerSite("127.0.0.1:9103", "127.0.0.1:9092", "file:///blobs", "/devices"),
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
                .setConfig(TrainingConfig.newBuilder().setMaxAttempts(2))
                .setDatasetVersion(DatasetVersion.newBuilder()
                        .setName("projects/default/datasets/tickets/versions/3")
                        .setTestRows(testRows))
                .setOutput(TrainingOutput.newBuilder().setDigest("d1"))
                .build();
    }

    String aQueuedEvaluation() {
        clock.advance(Duration.ofMillis(5));
        TrainingRun run = aRun(ROWS);
        evaluations.onSucceeded(run);
        return run.getName().replace("trainingRuns", "evaluations");
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

    static EvaluationReport aReport() {
        VariantMetrics metrics = VariantMetrics.newBuilder().setRows(ROWS).build();
        return EvaluationReport.newBuilder().setBase(metrics).setTuned(metrics).build();
    }

    /// Plays one worker process: numbers its reports.
    final class Worker {
        final String evaluation;
        final long epoch;
        private long sequence;

        Worker(String evaluation, long epoch) {
            this.evaluation = evaluation;
            this.epoch = epoch;
        }

        private WorkerEvent send(WorkerEvent.Builder report) {
            WorkerEvent event = report.setResource(evaluation)
                    .setEpoch(epoch)
                    .setSequence(++sequence)
                    .build();
            evaluations.on(event);
            return event;
        }

        WorkerEvent heartbeat() {
            return send(WorkerEvent.newBuilder().setHeartbeat(WorkerHeartbeat.getDefaultInstance()));
        }

        WorkerEvent answers(Variant variant, long from, long to) {
            ExampleResults.Builder results = ExampleResults.newBuilder();
            LongStream.range(from, to)
                    .forEach(row -> results.addResults(
                            ExampleResult.newBuilder().setRow(row).setVariant(variant)));
            return send(WorkerEvent.newBuilder().setResults(results));
        }

        void answersAll() {
            answers(Variant.BASE, 0, ROWS);
            answers(Variant.TUNED, 0, ROWS);
        }

        /// Reports the start.
        ///
        /// @param rows rows that are not left out
        WorkerEvent started(long rows) {
            return send(WorkerEvent.newBuilder()
                    .setStarted(WorkerStarted.newBuilder().setTestRows(rows)));
        }

        /// Reports the end.
        ///
        /// @param rows rows that each variant has answered
        WorkerEvent finished(long rows) {
            EvaluationReport.Builder report = aReport().toBuilder();
            report.getBaseBuilder().setRows(rows);
            report.getTunedBuilder().setRows(rows);
            return send(WorkerEvent.newBuilder().setEvaluationFinished(report));
        }

        WorkerEvent finished() {
            return send(WorkerEvent.newBuilder().setEvaluationFinished(aReport()));
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
