package dev.finetide.kit.event;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/// Says that no retry can handle a record. Its message becomes the `dead-letter-reason` header, so it never carries
/// payload text. It has no stack trace: whoever may write to a topic would fill the log with thirty lines a record.
public final class PoisonRecordException extends RuntimeException {
    PoisonRecordException(ConsumerRecord<?, ?> record, String problem) {
        super(
                "%s-%d@%d %s".formatted(record.topic(), record.partition(), record.offset(), problem),
                null,
                false,
                false);
    }
}
