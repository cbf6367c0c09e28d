package dev.finetide.eval;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.auth.AttemptTokens;
import dev.finetide.kit.event.EventInbox;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.work.ReportConsumer;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.training.v1.TrainingEvent;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/// Takes the events that eval-service reacts to. Consumers block and keep the order: the events of one resource are
/// handled one after the other.
@Singleton
class EvaluationConsumers {
    private final EventInbox inbox;
    private final Evaluations evaluations;
    private final Ticker ticker;
    private final ReportConsumer reports;

    EvaluationConsumers(EventInbox inbox, Evaluations evaluations, Ticker ticker, AttemptTokens tokens) {
        this.inbox = inbox;
        this.evaluations = evaluations;
        this.ticker = ticker;
        this.reports = new ReportConsumer(inbox, evaluations.supervised(), ticker, tokens);
    }

    @Incoming("worker")
    @Blocking
    void worker(ConsumerRecord<String, byte[]> record) {
        if (record.key() == null || !ResourceType.EVALUATION.matches(record.key())) {
            return; // a record of training-service, which may be unreadable
        }
        reports.take(record);
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

    @Incoming("model")
    @Blocking
    void model(ConsumerRecord<String, byte[]> record) {
        inbox.once(
                record,
                ModelEvent.parser(),
                event -> ModelEvents.version(event).ifPresent(evaluations::onModelVersion));
        ticker.nudge();
    }
}
