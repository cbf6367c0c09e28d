package dev.finetide.kit.work;

import dev.finetide.kit.auth.AttemptTokens;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The smallest kind of work that can be supervised: it shows all that a new kind must define. Its resource is an
/// Evaluation, because that message has the fields of work.
record Chore(Work<Evaluation> work) implements Supervised<Chore, Evaluation> {
    static Chore requested(String name, Instant now) {
        Evaluation view = Evaluation.newBuilder().setName(name).build();
        return new Chore(Work.created(view, now)).to(new WorkState.Queued(), "requested", "user", now);
    }

    @Override
    public Chore with(Work<Evaluation> changed) {
        return new Chore(changed);
    }

    @Override
    public int maxAttempts() {
        return 2;
    }

    /// Makes the decisions that belong to this kind.
    static final class Kind implements WorkKind<Chore> {
        final List<Chore> announced = new ArrayList<>();
        /// Names of work whose every change fails.
        final Set<String> unspeakable = new HashSet<>();
        private final WorkStore<Chore, EvaluationUpdate> store;
        private final Clock clock;
        private SupervisedWork<Chore, Evaluation> supervised;

        Kind(WorkStore<Chore, EvaluationUpdate> store, Clock clock) {
            this.store = store;
            this.clock = clock;
        }

        void superviseBy(SupervisedWork<Chore, Evaluation> supervision) {
            this.supervised = supervision;
        }

        String create(String id) {
            Chore chore = requested(ResourceType.EVALUATION.name("default", id), clock.instant());
            store.insert(chore);
            return chore.name();
        }

        @Override
        public ResourceType type() {
            return ResourceType.EVALUATION;
        }

        @Override
        public String service() {
            return "chore-service";
        }

        @Override
        public WorkerSpec spec(Chore chore) {
            return new WorkerSite(
                            "127.0.0.1:9109",
                            "127.0.0.1:9092",
                            "file:///blobs",
                            "/devices",
                            AttemptTokens.ofRandomKey())
                    .spec(chore.name(), chore.attempt().number(), "chores/")
                    .build();
        }

        @Override
        public ClaimAttemptResponse claimed(Chore claimed) {
            store.updateReport(claimed);
            return ClaimAttemptResponse.newBuilder()
                    .setEpoch(claimed.attempt().epoch())
                    .build();
        }

        @Override
        public void started(Chore chore, WorkState.Running running, WorkerStarted report) {
            supervised.change(chore, running, "runs on " + report.getDevice(), SupervisedWork.WORKER);
        }

        @Override
        public void report(Chore chore, WorkState.Active state, WorkerEvent event) {
            EvaluationReport report = EvaluationReport.newBuilder()
                    .setSeconds(event.getEvaluationFinished().getSeconds())
                    .build();
            Evaluation done = chore.view().toBuilder().setReport(report).build();
            supervised.change(chore.with(chore.work().with(done)), state.finished(), "done", SupervisedWork.WORKER);
        }

        @Override
        public void announce(Chore chore, Instant now) {
            if (unspeakable.contains(chore.name())) {
                throw new IllegalStateException("no event can be made of this work");
            }
            announced.add(chore);
            show(chore, now);
        }

        @Override
        public void show(Chore chore, Instant now) {
            store.append(
                    chore.name(),
                    List.of(EvaluationUpdate.newBuilder()
                            .setSequence(chore.work().lastUpdate())
                            .setEvaluation(chore.view())
                            .build()));
        }
    }
}
