package dev.finetide.eval;

import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;

/// Makes the events that announce an evaluation's change of state. An evaluation that waits for another attempt is
/// announced as requested again.
final class EvaluationEvents {
    private EvaluationEvents() {}

    static EvaluationEvent of(StoredEvaluation evaluation) {
        Evaluation view = evaluation.view();
        EvaluationEvent.Builder event = EvaluationEvent.newBuilder();
        switch (evaluation.state()) {
            case WorkState.Queued _, WorkState.Held _ ->
                event.getEvaluationRequestedBuilder().setEvaluation(view);
            case WorkState.Starting _, WorkState.Running _ ->
                event.getEvaluationStartedBuilder().setEvaluation(view);
            case WorkState.Succeeded _ -> event.getEvaluationSucceededBuilder().setEvaluation(view);
            case WorkState.Failed _ -> event.getEvaluationFailedBuilder().setEvaluation(view);
            case WorkState.Cancelling _, WorkState.Cancelled _ ->
                event.getEvaluationCancelledBuilder().setEvaluation(view);
        }
        return event.build();
    }
}
