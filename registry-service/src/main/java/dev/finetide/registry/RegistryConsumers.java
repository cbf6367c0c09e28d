package dev.finetide.registry;

import dev.finetide.kit.event.EventInbox;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.training.v1.TrainingEvent;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/// Handles the events that registry-service receives. Methods are blocking and ordered: the events of one resource
/// are handled one after another.
@Singleton
class RegistryConsumers {
    private final EventInbox inbox;
    private final ModelRegistry registry;

    RegistryConsumers(EventInbox inbox, ModelRegistry registry) {
        this.inbox = inbox;
        this.registry = registry;
    }

    @Incoming("training")
    @Blocking
    void training(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, TrainingEvent.parser(), event -> {
            if (event.hasTrainingRunSucceeded()) {
                registry.register(event.getTrainingRunSucceeded().getTrainingRun());
            }
        });
    }

    @Incoming("evaluation")
    @Blocking
    void evaluation(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, EvaluationEvent.parser(), event -> {
            switch (event.getEventCase()) {
                case EVALUATION_REQUESTED ->
                    registry.evaluating(event.getEvaluationRequested().getEvaluation());
                case EVALUATION_STARTED ->
                    registry.evaluating(event.getEvaluationStarted().getEvaluation());
                case EVALUATION_SUCCEEDED ->
                    registry.evaluated(event.getEvaluationSucceeded().getEvaluation());
                case EVALUATION_FAILED ->
                    registry.notEvaluated(event.getEvaluationFailed().getEvaluation());
                case EVALUATION_CANCELLED ->
                    registry.notEvaluated(event.getEvaluationCancelled().getEvaluation());
                case EVENT_NOT_SET -> {} // an event of a later version
            }
        });
    }
}
