package dev.finetide.cli.run;

import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.client.Services;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.ValidationResult;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.TreeMap;

/// The losses of a run, step by step. A step that a later attempt did again counts as it was then.
///
/// @param steps       in order
/// @param validations in order
public record LossCurve(List<TrainingProgress> steps, List<ValidationResult> validations) {
    static final LossCurve NONE = new LossCurve(List.of(), List.of());

    /// Reads the curve of a run that has ended.
    public static LossCurve of(Services services, String run) {
        Reading reading = new Reading(run);
        services.runs().follow(reading);
        return new LossCurve(List.copyOf(reading.steps.values()), List.copyOf(reading.validations.values()));
    }

    int lastStep() {
        return steps.isEmpty() ? 0 : steps.getLast().getStep();
    }

    /// Returns the mean loss of the steps after `from` up to `to`, both counted from 1, in nats.
    OptionalDouble meanLoss(int from, int to) {
        return steps.stream()
                .filter(step -> step.getStep() > from && step.getStep() <= to)
                .mapToDouble(TrainingProgress::getLoss)
                .average();
    }

    /// Returns the loss of the last validation after step `from` up to step `to`, in nats.
    OptionalDouble validationLoss(int from, int to) {
        return validations.stream()
                .filter(result -> result.getStep() > from && result.getStep() <= to)
                .mapToDouble(ValidationResult::getLoss)
                .reduce((before, after) -> after);
    }

    private static final class Reading
            implements ServiceClient.Resumable<TrainingRunServiceBlockingStub, TrainingRunUpdate> {
        private final String run;
        private final TreeMap<Integer, TrainingProgress> steps = new TreeMap<>();
        private final TreeMap<Integer, ValidationResult> validations = new TreeMap<>();
        private long last;

        Reading(String run) {
            this.run = run;
        }

        @Override
        public Iterator<TrainingRunUpdate> open(TrainingRunServiceBlockingStub stub) {
            return stub.watchTrainingRun(WatchTrainingRunRequest.newBuilder()
                    .setName(run)
                    .setAfterSequence(last)
                    .build());
        }

        @Override
        public boolean on(TrainingRunUpdate update) {
            last = update.getSequence();
            switch (update.getUpdateCase()) {
                case PROGRESS -> steps.put(update.getProgress().getStep(), update.getProgress());
                case VALIDATION -> validations.put(update.getValidation().getStep(), update.getValidation());
                case TRAINING_RUN, CHECKPOINT, UPDATE_NOT_SET -> {}
            }
            return false;
        }

        /// The service ends the stream of a run that has ended.
        @Override
        public boolean onEnd() {
            return true;
        }
    }
}
