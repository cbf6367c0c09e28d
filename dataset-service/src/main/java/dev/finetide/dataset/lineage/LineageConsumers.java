package dev.finetide.dataset.lineage;

import dev.finetide.kit.event.EventInbox;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.training.v1.TrainingEvent;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/// Takes the events that tell what needs the rows of dataset versions. Consumers block and keep the
/// order: the events of one resource are handled one after the other.
@Singleton
class LineageConsumers {
    private final EventInbox inbox;
    private final PostgresVersionUsers users;

    LineageConsumers(EventInbox inbox, PostgresVersionUsers users) {
        this.inbox = inbox;
        this.users = users;
    }

    @Incoming("training")
    @Blocking
    void training(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, TrainingEvent.parser(), users::on);
    }

    @Incoming("evaluation")
    @Blocking
    void evaluation(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, EvaluationEvent.parser(), users::on);
    }

    @Incoming("model")
    @Blocking
    void model(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, ModelEvent.parser(), users::on);
    }
}
