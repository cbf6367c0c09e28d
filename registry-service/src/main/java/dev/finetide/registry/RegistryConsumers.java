package dev.finetide.registry;

import dev.finetide.kit.event.EventInbox;
import dev.finetide.kit.work.EventProject;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/// Handles the events that registry-service receives. Methods are blocking and ordered: the events of
/// one resource are handled one after another.
@Singleton
class RegistryConsumers {
    private final EventInbox inbox;
    private final ModelRegistry registry;
    private final Bases bases;

    RegistryConsumers(EventInbox inbox, ModelRegistry registry, Bases bases) {
        this.inbox = inbox;
        this.registry = registry;
        this.bases = bases;
    }

    @Incoming("training")
    @Blocking
    void training(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, TrainingEvent.parser(), event -> {
            switch (event.getEventCase()) {
                case TRAINING_RUN_REQUESTED ->
                    used(event.getTrainingRunRequested().getTrainingRun());
                case TRAINING_RUN_STARTED -> used(event.getTrainingRunStarted().getTrainingRun());
                case TRAINING_RUN_REQUEUED ->
                    used(event.getTrainingRunRequeued().getTrainingRun());
                case TRAINING_RUN_SUCCEEDED -> {
                    TrainingRun run = event.getTrainingRunSucceeded().getTrainingRun();
                    registry.register(run);
                    bases.unused(run.getName());
                }
                case TRAINING_RUN_FAILED ->
                    bases.unused(event.getTrainingRunFailed().getTrainingRun().getName());
                case TRAINING_RUN_CANCELLED ->
                    bases.unused(
                            event.getTrainingRunCancelled().getTrainingRun().getName());
                case TRAINING_RUN_ESTIMATED ->
                    bases.unused(
                            event.getTrainingRunEstimated().getTrainingRun().getName());
                case TRAINING_RUN_DELETED, EVENT_NOT_SET -> {} // an ended run, or an event of a later version
            }
        });
    }

    @Incoming("evaluation")
    @Blocking
    void evaluation(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, EvaluationEvent.parser(), event -> {
            switch (event.getEventCase()) {
                case EVALUATION_REQUESTED ->
                    begun(event.getEvaluationRequested().getEvaluation());
                case EVALUATION_STARTED -> begun(event.getEvaluationStarted().getEvaluation());
                case EVALUATION_SUCCEEDED ->
                    registry.evaluated(ended(event.getEvaluationSucceeded().getEvaluation()));
                case EVALUATION_FAILED ->
                    registry.notEvaluated(ended(event.getEvaluationFailed().getEvaluation()));
                case EVALUATION_CANCELLED ->
                    registry.notEvaluated(ended(event.getEvaluationCancelled().getEvaluation()));
                case EVENT_NOT_SET -> {} // an event of a later version
            }
        });
    }

    private void used(TrainingRun run) {
        EventProject.of(run);
        bases.used(run.getName(), run.getBase().getName());
    }

    private void begun(Evaluation evaluation) {
        EventProject.of(evaluation);
        bases.used(evaluation.getName(), evaluation.getBase().getName());
        registry.evaluating(evaluation);
    }

    private Evaluation ended(Evaluation evaluation) {
        bases.unused(evaluation.getName());
        return evaluation;
    }
}
