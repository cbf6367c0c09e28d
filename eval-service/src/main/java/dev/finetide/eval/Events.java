package dev.finetide.eval;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.event.EventInbox;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.worker.v1.WorkerEvent;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/// Events that eval-service hears. Blocking and ordered: one resource's events are handled one after the other.
@Singleton
class Events {
    private final EventInbox inbox;
    private final Evaluations evaluations;
    private final Ticker ticker;

    Events(EventInbox inbox, Evaluations evaluations, Ticker ticker) {
        this.inbox = inbox;
        this.evaluations = evaluations;
        this.ticker = ticker;
    }

    @Incoming("worker")
    @Blocking
    void worker(ConsumerRecord<String, byte[]> record) {
        if (record.key() == null || !ResourceType.EVALUATION.matches(record.key())) {
            return; // training-service's, also when it cannot be read
        }
        inbox.fenced(record, WorkerEvent.parser(), event -> {
            evaluations.on(event);
            switch (event.getReportCase()) {
                case EVALUATION_FINISHED, FAILED, STOPPED -> ticker.nudge(); // a place may be free
                default -> {}
            }
        });
    }

    @Incoming("training")
    @Blocking
    void training(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, TrainingEvent.parser(), event -> {
            if (event.hasTrainingRunSucceeded()) {
                evaluations.onSucceeded(event.getTrainingRunSucceeded().getTrainingRun());
            }
        });
        ticker.nudge();
    }
}
