package dev.finetide.kit.event;

import dev.finetide.kit.error.Printable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/// Makes the records of dead-letter topics: the record as it came, and headers that say why it is there, where it was,
/// and who could not handle it. What is too large for any dead-letter topic is cut, and the header `dead-letter-cut`
/// tells it; the whole record still stands at its place in the source.
final class DeadLetter {
    static final String REASON = "dead-letter-reason";
    static final String CLASS = "dead-letter-exception-class-name";
    static final String CONSUMER = "dead-letter-consumer";
    static final String TOPIC = "dead-letter-topic";
    static final String PARTITION = "dead-letter-partition";
    static final String OFFSET = "dead-letter-offset";
    static final String CUT = "dead-letter-cut";

    private static final int MOST_KEY = 8 << 10;
    private static final int MOST_HEADERS = 256 << 10;
    private static final int MOST_VALUE = RecordSizes.LARGEST_DEAD_LETTER - (512 << 10);
    private static final int MOST_CUTS_TOLD = 20;

    /// The record that could not be handled.
    ///
    /// @param key   null if it has none
    /// @param value null if it has none
    record Source(String topic, int partition, long offset, String key, byte[] value, Headers headers) {}

    private DeadLetter() {}

    /// Returns the dead letter of a record.
    ///
    /// @param consumer group of the consumer that could not handle it
    /// @param failure  only our own messages are told, because others may hold text of the record
    static ProducerRecord<String, byte[]> of(String topic, String consumer, Source source, Throwable failure) {
        List<String> cuts = new ArrayList<>();
        String key = source.key();
        if (key != null && key.length() > MOST_KEY) {
            cuts.add("key of " + key.length() + " characters");
            key = null;
        }
        byte[] value = source.value();
        if (value != null && value.length > MOST_VALUE) {
            cuts.add("value of " + value.length + " bytes");
            value = Arrays.copyOf(value, MOST_VALUE);
        }
        ProducerRecord<String, byte[]> letter = new ProducerRecord<>(topic, key, value);
        int room = MOST_HEADERS;
        for (Header header : source.headers()) {
            int bytes = header.key().length() * 3 + (header.value() == null ? 0 : header.value().length);
            if (bytes <= room) {
                letter.headers().add(header);
                room -= bytes;
            } else {
                cuts.add("header " + Printable.of(header.key(), 60) + " of " + bytes + " bytes");
            }
        }
        tell(letter, consumer, source, failure, cuts);
        return letter;
    }

    /// Returns a dead letter that has only the place of the record, for a topic that takes no more.
    static ProducerRecord<String, byte[]> ofPlace(String topic, String consumer, Source source, Throwable failure) {
        ProducerRecord<String, byte[]> letter = new ProducerRecord<>(topic, null, new byte[0]);
        tell(letter, consumer, source, failure, List.of("key, value and headers"));
        return letter;
    }

    private static void tell(
            ProducerRecord<String, byte[]> letter,
            String consumer,
            Source source,
            Throwable failure,
            List<String> cuts) {
        add(letter, CLASS, failure.getClass().getName());
        add(letter, REASON, failure instanceof PoisonRecordException ? failure.getMessage() : "could not be handled");
        add(letter, CONSUMER, consumer);
        add(letter, TOPIC, source.topic());
        add(letter, PARTITION, Integer.toString(source.partition()));
        add(letter, OFFSET, Long.toString(source.offset()));
        if (!cuts.isEmpty()) {
            String told = String.join(", ", cuts.subList(0, Math.min(MOST_CUTS_TOLD, cuts.size())));
            add(letter, CUT, cuts.size() > MOST_CUTS_TOLD ? told + " and more" : told);
        }
    }

    private static void add(ProducerRecord<?, ?> letter, String name, String text) {
        letter.headers().add(name, text.getBytes(StandardCharsets.UTF_8));
    }
}
