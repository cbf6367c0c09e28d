package dev.finetide.eval;

import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.time.Times;
import dev.finetide.kit.work.Supervised;
import dev.finetide.kit.work.Work;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.worker.v1.EvaluateTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// An evaluation as it is stored.
record StoredEvaluation(Work<Evaluation> work) implements Supervised<StoredEvaluation, Evaluation> {
    private static final int ATTEMPTS = 3;

    /// Makes a new evaluation.
    ///
    /// @param view the evaluation with its inputs and arms, without its state
    static StoredEvaluation requested(Evaluation view, String cause, String actor, Instant now) {
        return new StoredEvaluation(Work.created(counted(view), now)).to(new WorkState.Queued(), cause, actor, now);
    }

    @Override
    public StoredEvaluation with(Work<Evaluation> changed) {
        return new StoredEvaluation(changed);
    }

    @Override
    public int maxAttempts() {
        return view().hasTrainingRun()
                ? Math.max(1, view().getTrainingRun().getConfig().getMaxAttempts())
                : ATTEMPTS;
    }

    /// Returns the state for clients, who see an evaluation RUNNING from the launch of its worker on.
    @Override
    public State shown(WorkState state) {
        return state instanceof WorkState.Starting ? State.RUNNING : state.shown();
    }

    /// Returns the number of rows that each arm answers: those of the worker, or before it has read them, those of the
    /// split.
    long rows() {
        return rows(view());
    }

    private static long rows(Evaluation view) {
        return view.hasRows() ? view.getRows().getRows() : plannedRows(view);
    }

    private static long plannedRows(Evaluation view) {
        long rows = Split.rows(view.getDatasetVersion(), view.getSpec().getSplit());
        return view.getSpec().getConfig().hasMaxRows()
                ? Math.min(rows, view.getSpec().getConfig().getMaxRows())
                : rows;
    }

    Optional<EvaluationArm> arm(String name) {
        return view().getArmsList().stream()
                .filter(arm -> arm.getArm().getName().equals(name))
                .findFirst();
    }

    List<EvaluationArm> goingArms() {
        return view().getArmsList().stream().filter(arm -> !arm.hasError()).toList();
    }

    /// Returns the specification of the current attempt's worker.
    WorkerSpec workerSpec(WorkerSite site) {
        List<String> ids = ResourceType.EVALUATION.ids("name", name());
        return site.spec(name(), attempt().number(), "evaluations/%s/%s/".formatted(ids.get(0), ids.get(1)))
                .setBase(view().getBase())
                .setDatasetVersion(view().getDatasetVersion())
                .setEvaluate(EvaluateTask.newBuilder()
                        .setConfig(workerConfig())
                        .setSplit(view().getSpec().getSplit())
                        .addAllArms(goingArms())
                        .addAllOtherVersions(view().getOtherVersionsList())
                        .setBehaviour(view().getSpec().getConfig().getBehaviour()))
                .setTraceparent(view().getTraceparent())
                .setTemplateTime(
                        view().hasTrainingRun() ? view().getTrainingRun().getCreateTime() : view().getCreateTime())
                .build();
    }

    /// Whether the evaluation has a judge that has not failed.
    boolean hasJudge() {
        return view().getSpec().hasJudge() && !view().hasJudgeError();
    }

    private TrainingConfig workerConfig() {
        if (view().hasTrainingRun()) {
            return view().getTrainingRun().getConfig();
        }
        EvaluationSpec spec = view().getSpec();
        return TrainingConfig.newBuilder()
                .setDatasetVersion(spec.getDatasetVersion())
                .setBase(spec.getBase())
                .setRendering(spec.getRendering())
                .addAllLeaveOut(spec.getLeaveOutList())
                .setPrecision(spec.getPrecision())
                .setEvaluation(spec.getConfig())
                .build();
    }

    /// Returns the evaluation with the number of evaluations that have asked its split.
    StoredEvaluation looked(int looks) {
        return with(work.with(view().toBuilder().setSplitLooks(looks).build()));
    }

    /// Returns the evaluation with the rows that the worker has read.
    StoredEvaluation ofRows(EvaluationRows rows) {
        return changed(view().toBuilder().setRows(rows).build());
    }

    /// Returns the evaluation with an arm that the worker has prepared. The change is the next update.
    StoredEvaluation prepared(ArmPreparation preparation) {
        return changedArm(preparation.getArm(), arm -> arm.setPreparation(preparation));
    }

    /// Returns the evaluation with an arm that failed. The change is the next update.
    ///
    /// @param results number of results that the arm has
    StoredEvaluation failed(String name, WorkError error, long results) {
        return changedArm(name, arm -> arm.setError(error).setResults(results).setTotalResults(results));
    }

    private StoredEvaluation changedArm(String name, Consumer<EvaluationArm.Builder> change) {
        Evaluation.Builder evaluation = view().toBuilder();
        evaluation.getArmsBuilderList().stream()
                .filter(arm -> arm.getArm().getName().equals(name))
                .forEach(change);
        return changed(evaluation.build());
    }

    private StoredEvaluation changed(Evaluation changed) {
        return with(work.reported(counted(changed), 1));
    }

    /// Returns the evaluation with the number of results that each arm, and all of them, will have.
    private static Evaluation counted(Evaluation evaluation) {
        Evaluation.Builder counted = evaluation.toBuilder();
        long rows = rows(evaluation);
        for (EvaluationArm.Builder arm : counted.getArmsBuilderList()) {
            if (!arm.hasError()) {
                arm.setTotalResults(rows * Repeats.of(arm.build()) + ProbedArms.rows(evaluation, arm.build()));
            }
        }
        return counted.setTotalResults(counted.getArmsList().stream()
                        .mapToLong(EvaluationArm::getTotalResults)
                        .sum())
                .build();
    }

    /// Returns the evaluation with more results, each of which is an update.
    StoredEvaluation answered(int results) {
        Evaluation more =
                view().toBuilder().setResults(view().getResults() + results).build();
        return with(work.reported(more, results));
    }

    /// Returns the evaluation with more replies of its judge, each of which is an update.
    StoredEvaluation judged(int replies) {
        return with(work.reported(view(), replies));
    }

    /// Returns the evaluation with a judge that failed. The change is the next update.
    StoredEvaluation judgeFailed(WorkError error) {
        return changed(view().toBuilder().setJudgeError(error).build());
    }

    /// Returns the evaluation with its report, which is stored when the evaluation succeeds.
    StoredEvaluation with(EvaluationReport report) {
        Evaluation.Builder reported = view().toBuilder().setReport(report);
        reported.getArmsBuilderList().forEach(arm -> arm.setResults(arm.getTotalResults()));
        return with(work.with(reported.build()));
    }

    /// Returns the evaluation with the model version of its run.
    StoredEvaluation ofModelVersion(String name) {
        return with(work.with(view().toBuilder().setModelVersion(name).build()));
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
        return updates(results, EvaluationUpdate.Builder::setResult, now);
    }

    /// Returns the updates of replies that the judge has just given. The last one is the newest update.
    List<EvaluationUpdate> replyUpdates(List<JudgeReply> replies, Instant now) {
        return updates(replies, EvaluationUpdate.Builder::setJudgeReply, now);
    }

    private <T> List<EvaluationUpdate> updates(
            List<T> all, BiConsumer<EvaluationUpdate.Builder, T> content, Instant now) {
        List<EvaluationUpdate> updates = new ArrayList<>();
        long sequence = work.lastUpdate() - all.size();
        for (T one : all) {
            EvaluationUpdate.Builder update =
                    EvaluationUpdate.newBuilder().setSequence(++sequence).setTime(Times.timestamp(now));
            content.accept(update, one);
            updates.add(update.build());
        }
        return updates;
    }

    /// Returns the run of the evaluation.
    Optional<TrainingRun> trainingRun() {
        return view().hasTrainingRun() ? Optional.of(view().getTrainingRun()) : Optional.empty();
    }
}
