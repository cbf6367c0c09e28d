package dev.finetide.eval;

import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.time.Times;
import dev.finetide.kit.work.Supervised;
import dev.finetide.kit.work.Work;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.EvaluateTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// An evaluation as it is stored.
record StoredEvaluation(Work<Evaluation> work) implements Supervised<StoredEvaluation, Evaluation> {
    /// @param rows number of rows of the test split that each variant answers
    static StoredEvaluation requested(String name, TrainingRun run, long rows, Instant now) {
        Evaluation view = Evaluation.newBuilder()
                .setName(name)
                .setTrainingRun(run)
                .setTotalResults(2 * rows)
                .build();
        return new StoredEvaluation(Work.created(view, now))
                .to(new WorkState.Queued(), "the training run succeeded", "eval-service", now);
    }

    @Override
    public StoredEvaluation with(Work<Evaluation> changed) {
        return new StoredEvaluation(changed);
    }

    @Override
    public int maxAttempts() {
        return Math.max(1, view().getTrainingRun().getConfig().getMaxAttempts());
    }

    /// Returns the state for clients, who see an evaluation RUNNING from the launch of its worker on.
    @Override
    public State shown(WorkState state) {
        return state instanceof WorkState.Starting ? State.RUNNING : state.shown();
    }

    /// Returns the number of rows of the test split that each variant answers.
    long rows() {
        return view().getTotalResults() / 2;
    }

    /// Returns the specification of the current attempt's worker.
    WorkerSpec workerSpec(WorkerSite site) {
        List<String> ids = ResourceType.EVALUATION.ids("name", name());
        TrainingRun run = view().getTrainingRun();
        return site.spec(name(), attempt().number(), "evaluations/%s/%s/".formatted(ids.get(0), ids.get(1)))
                .setBase(run.getBase())
                .setDatasetVersion(run.getDatasetVersion())
                .setEvaluate(
                        EvaluateTask.newBuilder().setConfig(run.getConfig()).setOutput(run.getOutput()))
                .setTraceparent(run.getTraceparent())
                .setTemplateTime(run.getCreateTime())
                .build();
    }

    /// Returns the evaluation without results, because those of an older epoch no longer count. The change is the next
    /// update.
    StoredEvaluation startedOver(Instant now) {
        Evaluation empty = view().toBuilder()
                .setResults(0)
                .setUpdateTime(Times.timestamp(now))
                .build();
        return with(work.reported(empty, 1));
    }

    /// Returns the evaluation of as many rows as the worker has accepted.
    ///
    /// @param rows 0 where the worker does not say it
    StoredEvaluation ofRows(long rows) {
        return rows == 0
                ? this
                : with(work.with(view().toBuilder().setTotalResults(2 * rows).build()));
    }

    /// Returns the evaluation with more results, each of which is an update.
    StoredEvaluation answered(int results) {
        Evaluation more =
                view().toBuilder().setResults(view().getResults() + results).build();
        return with(work.reported(more, results));
    }

    /// Returns the evaluation with its report, which is stored when the evaluation succeeds.
    StoredEvaluation with(EvaluationReport report) {
        return with(work.with(view().toBuilder().setReport(report).build()));
    }

    EvaluationUpdate stateUpdate(Instant now) {
        return EvaluationUpdate.newBuilder()
                .setSequence(work.lastUpdate())
                .setTime(Times.timestamp(now))
                .setEvaluation(view())
                .build();
    }

    /// Returns the updates of results that were just answered. The last one is the newest update.
    List<EvaluationUpdate> resultUpdates(List<ExampleResult> results, Instant now) {
        List<EvaluationUpdate> updates = new ArrayList<>();
        long sequence = work.lastUpdate() - results.size();
        for (ExampleResult result : results) {
            updates.add(EvaluationUpdate.newBuilder()
                    .setSequence(++sequence)
                    .setTime(Times.timestamp(now))
                    .setResult(result)
                    .build());
        }
        return updates;
    }
}
