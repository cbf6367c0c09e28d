package dev.finetide.kit.event;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/// A record that no retry can help. Its message becomes the `dead-letter-reason` header, so it never carries payload
/// text.
public final class PoisonRecordException extends RuntimeException {
    PoisonRecordException(ConsumerRecord<?, ?> record, String problem) {
        super("%s-%d@%d %s".formatted(record.topic(), record.partition(), record.offset(), problem));
    }
}
