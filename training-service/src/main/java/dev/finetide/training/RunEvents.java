package dev.finetide.training;

import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.Optional;

/// Makes the events that announce a run's change of state.
final class RunEvents {
    private RunEvents() {}

    static Optional<TrainingEvent> of(Run run) {
        TrainingRun view = withoutRowText(run.view());
        TrainingEvent.Builder event = TrainingEvent.newBuilder();
        switch (run.state()) {
            case WorkState.Queued _
            when view.getAttempt() == 0 ->
                event.getTrainingRunRequestedBuilder().setTrainingRun(view);
            case WorkState.Queued _ -> event.getTrainingRunRequeuedBuilder().setTrainingRun(view);
            case WorkState.Running _ -> event.getTrainingRunStartedBuilder().setTrainingRun(view);
            case WorkState.Succeeded _
            when run.isDryRun() -> event.getTrainingRunEstimatedBuilder().setTrainingRun(view);
            case WorkState.Succeeded _ -> event.getTrainingRunSucceededBuilder().setTrainingRun(view);
            case WorkState.Failed _ -> event.getTrainingRunFailedBuilder().setTrainingRun(view);
            case WorkState.Cancelled _ -> event.getTrainingRunCancelledBuilder().setTrainingRun(view);
            case WorkState.Starting _, WorkState.Held _, WorkState.Cancelling _ -> {
                return Optional.empty();
            }
        }
        return Optional.of(event.build());
    }

    static TrainingEvent deleted(Run tombstone) {
        TrainingEvent.Builder event = TrainingEvent.newBuilder();
        event.getTrainingRunDeletedBuilder().setTrainingRun(withoutRowText(tombstone.view()));
        return event.build();
    }

    /// Events never carry the text of a row.
    private static TrainingRun withoutRowText(TrainingRun view) {
        if (view.getRowReport().getExample().isEmpty()) {
            return view;
        }
        TrainingRun.Builder without = view.toBuilder();
        without.getRowReportBuilder().clearExample();
        return without.build();
    }
}
