package dev.finetide.eval;

import dev.finetide.eval.judge.JudgeReplies;
import dev.finetide.eval.judge.JudgeReports;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.Judging;
import dev.finetide.proto.evaluation.v1.Preference;
import dev.finetide.proto.worker.v1.JudgeReport;
import dev.finetide.proto.worker.v1.JudgedRows;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/// The part of an evaluation's life that is about its judge. [Evaluations] calls it under the
/// evaluation's row lock.
final class JudgeWork {
    private final EvaluationStore store;
    private final Clock clock;

    JudgeWork(EvaluationStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /// Returns a worker's task with the judge, if the evaluation has one that has not failed.
    WorkerSpec added(WorkerSpec spec, StoredEvaluation evaluation) {
        if (!evaluation.hasJudge()) {
            return spec;
        }
        WorkerSpec.Builder judged = spec.toBuilder();
        judged.getEvaluateBuilder().setJudge(evaluation.view().getSpec().getJudge());
        return judged.build();
    }

    /// Takes replies of the judge, or its failure.
    ///
    /// @throws IllegalArgumentException for a reply that cannot be one of this evaluation
    void on(StoredEvaluation evaluation, JudgeReport report) {
        if (report.hasError()) {
            StoredEvaluation failed = evaluation.judgeFailed(report.getError());
            store.update(failed);
            store.append(failed.name(), List.of(failed.stateUpdate(clock.instant())));
            return;
        }
        report.getRepliesList().forEach(reply -> check(evaluation, reply));
        List<JudgeReply> fresh = store.addJudgeReplies(evaluation.name(), report.getRepliesList());
        StoredEvaluation judged = evaluation.judged(fresh.size());
        store.append(judged.name(), judged.replyUpdates(fresh, clock.instant()));
        store.updateReport(judged);
    }

    private static void check(StoredEvaluation evaluation, JudgeReply reply) {
        boolean fits = evaluation.view().getSpec().hasJudge()
                && evaluation.arm(reply.getArm()).isPresent()
                && evaluation.arm(reply.getOther()).isPresent()
                && reply.getRow() >= 0
                && reply.getRow() < evaluation.rows()
                && (reply.getAsk() == 1 || reply.getAsk() == 2)
                && reply.getPreference() != Preference.PREFERENCE_UNSPECIFIED;
        if (!fits) {
            throw new IllegalArgumentException("expected a reply about two arms and a row below %d, got %s, %s, row %d"
                    .formatted(evaluation.rows(), reply.getArm(), reply.getOther(), reply.getRow()));
        }
    }

    private JudgeReplies replies(StoredEvaluation evaluation) {
        return new JudgeReplies(store.judgeReplies(evaluation.name()));
    }

    /// Returns what the judge was asked in earlier epochs.
    List<JudgedRows> rows(StoredEvaluation evaluation) {
        return evaluation.hasJudge() ? replies(evaluation).rows() : List.of();
    }

    /// Whether nothing is left to judge.
    boolean isDone(StoredEvaluation evaluation) {
        String against = evaluation.view().getSpec().getJudge().getAgainst();
        List<String> judged = new ArrayList<>(goingArms(evaluation));
        boolean judges = evaluation.hasJudge() && judged.remove(against);
        return !judges || replies(evaluation).areWholeFor(judged);
    }

    private static List<String> goingArms(StoredEvaluation evaluation) {
        return evaluation.goingArms().stream()
                .map(arm -> arm.getArm().getName())
                .toList();
    }

    /// Returns the report with that about the judge, if the evaluation asked for one.
    EvaluationReport completed(EvaluationReport report, StoredEvaluation evaluation) {
        if (!evaluation.view().getSpec().hasJudge()) {
            return report;
        }
        Judging.Builder judging = new JudgeReports(
                        evaluation.view().getSpec().getJudge(), goingArms(evaluation), replies(evaluation))
                .report();
        if (evaluation.view().hasJudgeError()) {
            judging.setError(evaluation.view().getJudgeError());
        }
        return report.toBuilder().setJudging(judging).build();
    }
}
