package dev.finetide.kit.event;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// A producer whose acknowledgements a test decides about. Only the methods that the outbox uses differ from
/// Kafka's own test producer.
final class UnsureProducer extends MockProducer<String, byte[]> {
    private final Function<ProducerRecord<String, byte[]>, Future<RecordMetadata>> sending;

    UnsureProducer(Function<ProducerRecord<String, byte[]>, Future<RecordMetadata>> sending) {
        super(true, null, new StringSerializer(), new ByteArraySerializer());
        this.sending = sending;
    }

    /// Returns a producer that sends, and then changes what the sender hears of it.
    static UnsureProducer of(Producer<String, byte[]> real, UnaryOperator<Future<RecordMetadata>> hearing) {
        return new UnsureProducer(record -> {
            Future<RecordMetadata> acknowledgement = real.send(record);
            real.flush();
            return hearing.apply(acknowledgement);
        });
    }

    static Future<RecordMetadata> failed(Exception failure) {
        return CompletableFuture.failedFuture(failure);
    }

    @Override
    public Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
        return sending.apply(record);
    }

    @Override
    public Future<RecordMetadata> send(ProducerRecord<String, byte[]> record, Callback callback) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void flush() {
        // the futures say what has arrived
    }
}
