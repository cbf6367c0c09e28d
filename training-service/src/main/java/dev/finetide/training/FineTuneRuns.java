package dev.finetide.training;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.store.Database;
import dev.finetide.kubernetes.ClusterSettings;
import dev.finetide.kubernetes.FineTuneRunController;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// Lets `kubectl apply` request runs, in addition to gRPC. Decides nothing, and runs only if it is switched on. It has
/// a [Ticker] of its own, because a cluster that hangs must not keep the service from looking after its workers.
final class FineTuneRuns {
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final Database database;
    private final FineTuneRunController.Runs runs;
    private final ClusterSettings cluster;
    private final Clock clock;
    private Optional<FineTuneRunController> controller = Optional.empty();
    private Optional<Ticker> ticker = Optional.empty();

    FineTuneRuns(
            Database database, TrainingRuns runs, Ticker nudged, ClusterSettings cluster, Tracer tracer, Clock clock) {
        this.database = database;
        this.runs = runs(runs, nudged::nudge, tracer);
        this.cluster = cluster;
        this.clock = clock;
    }

    /// @param changed called when there is something to do
    /// @param tracer  begins the run's trace, because no caller has begun one
    static FineTuneRunController.Runs runs(TrainingRuns runs, Runnable changed, Tracer tracer) {
        return new FineTuneRunController.Runs() {
            @Override
            public TrainingRun create(CreateTrainingRunRequest request, String object) {
                Span span = tracer.spanBuilder("create FineTuneRun").startSpan();
                try (Scope _ = span.makeCurrent()) {
                    TrainingRun run = runs.create(request, object);
                    changed.run();
                    return run;
                } finally {
                    span.end();
                }
            }

            @Override
            public Optional<TrainingRun> findByRequestId(String requestId) {
                return runs.findByRequestId(requestId);
            }

            @Override
            public Map<String, String> activeByObject() {
                return runs.activeByFineTuneRun();
            }

            @Override
            public void cancel(String run) {
                runs.cancel(CancelTrainingRunRequest.newBuilder().setName(run).build());
                changed.run();
            }
        };
    }

    void start() {
        if (cluster.finetuneruns()) {
            FineTuneRunController watching = FineTuneRunController.start(cluster, runs, clock);
            Ticker ticking = new Ticker("finetuneruns", database, EVERY, watching);
            controller = Optional.of(watching);
            ticker = Optional.of(ticking);
            ticking.start();
        }
    }

    void close() throws InterruptedException {
        if (ticker.isPresent()) {
            ticker.get().close();
        }
        controller.ifPresent(FineTuneRunController::close);
    }
}
