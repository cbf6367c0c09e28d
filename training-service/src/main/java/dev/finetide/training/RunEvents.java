package dev.finetide.training;

import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.Optional;

/// What the world hears of a run's change of state.
final class RunEvents {
    private RunEvents() {}

    static Optional<TrainingEvent> of(Run run) {
        TrainingRun view = run.view();
        TrainingEvent.Builder event = TrainingEvent.newBuilder();
        switch (run.state()) {
            case RunState.Queued _
            when view.getAttempt() == 0 ->
                event.getTrainingRunRequestedBuilder().setTrainingRun(view);
            case RunState.Queued _ -> event.getTrainingRunRequeuedBuilder().setTrainingRun(view);
            case RunState.Running _ -> event.getTrainingRunStartedBuilder().setTrainingRun(view);
            case RunState.Succeeded _
            when run.isDryRun() -> event.getTrainingRunEstimatedBuilder().setTrainingRun(view);
            case RunState.Succeeded _ -> event.getTrainingRunSucceededBuilder().setTrainingRun(view);
            case RunState.Failed _ -> event.getTrainingRunFailedBuilder().setTrainingRun(view);
            case RunState.Cancelled _ -> event.getTrainingRunCancelledBuilder().setTrainingRun(view);
            case RunState.Starting _, RunState.Held _, RunState.Cancelling _ -> {
                return Optional.empty();
            }
        }
        return Optional.of(event.build());
    }
}
