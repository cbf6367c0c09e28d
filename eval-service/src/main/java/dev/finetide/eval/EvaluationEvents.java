package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;

/// What the world hears of an evaluation's change of state. One that waits for another attempt is requested again.
final class EvaluationEvents {
    private EvaluationEvents() {}

    static EvaluationEvent of(Trial trial) {
        Evaluation view = trial.view();
        EvaluationEvent.Builder event = EvaluationEvent.newBuilder();
        switch (trial.state()) {
            case EvaluationState.Queued _, EvaluationState.Held _ ->
                event.getEvaluationRequestedBuilder().setEvaluation(view);
            case EvaluationState.Running _ ->
                event.getEvaluationStartedBuilder().setEvaluation(view);
            case EvaluationState.Succeeded _ ->
                event.getEvaluationSucceededBuilder().setEvaluation(view);
            case EvaluationState.Failed _ -> event.getEvaluationFailedBuilder().setEvaluation(view);
            case EvaluationState.Cancelled _ ->
                event.getEvaluationCancelledBuilder().setEvaluation(view);
        }
        return event.build();
    }
}
