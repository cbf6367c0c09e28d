package dev.finetide.eval;

import dev.finetide.kit.attempt.Attempt;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.StateChange;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An evaluation as it is kept: what clients see, and what only this service needs to decide.
///
/// @param view       what clients see; attempt, epoch and etag always agree with the other components
/// @param attempt    who may write
/// @param revision   counts the changes that an etag must notice: not results, which come by the second
/// @param lastUpdate sequence of the newest update on the evaluation's watch
record Trial(Evaluation view, Attempt attempt, long revision, long lastUpdate) {
    Trial {
        view = view.toBuilder()
                .setAttempt(attempt.number())
                .setEpoch(attempt.epoch())
                .setEtag(Long.toString(revision))
                .build();
    }

    /// @param rows of the test split that each variant answers
    static Trial requested(String name, TrainingRun run, long rows, Instant now) {
        Evaluation view = Evaluation.newBuilder()
                .setName(name)
                .setTrainingRun(run)
                .setTotalResults(2 * rows)
                .setCreateTime(Times.timestamp(now))
                .build();
        return new Trial(view, Attempt.none(now), 0, 0)
                .to(new EvaluationState.Queued(), "the training run succeeded", "eval-service", now);
    }

    String name() {
        return view.getName();
    }

    EvaluationState state() {
        return EvaluationState.of(view);
    }

    boolean hasEnded() {
        return state() instanceof EvaluationState.Ended;
    }

    /// Of the test split, that each variant answers.
    long rows() {
        return view.getTotalResults() / 2;
    }

    int maxAttempts() {
        return Math.max(1, view.getTrainingRun().getConfig().getMaxAttempts());
    }

    /// In the next state, with its line of history and its update.
    Trial to(EvaluationState next, String cause, String actor, Instant now) {
        Evaluation.Builder builder = view.toBuilder()
                .setState(next.shown())
                .setUpdateTime(Times.timestamp(now))
                .addHistory(StateChange.newBuilder()
                        .setState(next.shown())
                        .setTime(Times.timestamp(now))
                        .setCause(cause)
                        .setActor(actor));
        builder.clearWaiting();
        switch (next) {
            case EvaluationState.Held(WorkWaiting why) -> builder.setWaiting(why);
            case EvaluationState.Succeeded(EvaluationReport report) -> builder.setReport(report);
            case EvaluationState.Failed(WorkError error) -> builder.setError(error);
            case EvaluationState.Queued _, EvaluationState.Running _, EvaluationState.Cancelled _ -> {}
        }
        return new Trial(builder.build(), attempt, revision + 1, lastUpdate + 1);
    }

    /// With what keeps its worker from starting, or without.
    Trial waiting(Optional<WorkWaiting> why) {
        Evaluation.Builder builder = view.toBuilder().clearWaiting();
        why.ifPresent(builder::setWaiting);
        return new Trial(builder.build(), attempt, revision + 1, lastUpdate + 1);
    }

    Trial with(Attempt changed) {
        return new Trial(view, changed, revision, lastUpdate);
    }

    /// With a new epoch's empty hands: what an older epoch answered no longer counts.
    Trial startedOver(Instant now) {
        Evaluation empty = view.toBuilder()
                .setResults(0)
                .setUpdateTime(Times.timestamp(now))
                .build();
        return new Trial(empty, attempt, revision, lastUpdate + 1);
    }

    Trial answered(int results) {
        return new Trial(
                view.toBuilder().setResults(view.getResults() + results).build(),
                attempt,
                revision,
                lastUpdate + results);
    }

    EvaluationUpdate stateUpdate(Instant now) {
        return EvaluationUpdate.newBuilder()
                .setSequence(lastUpdate)
                .setTime(Times.timestamp(now))
                .setEvaluation(view)
                .build();
    }

    /// Updates of results that were just answered, the last of which is the newest update.
    List<EvaluationUpdate> resultUpdates(List<ExampleResult> results, Instant now) {
        List<EvaluationUpdate> updates = new ArrayList<>();
        long sequence = lastUpdate - results.size();
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
