package dev.finetide.kit.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class DeadLetterTest {
    private static final String SECRET = "row text of a customer";

    private static DeadLetter.Source source(String key, byte[] value, Headers headers) {
        return new DeadLetter.Source("finetide.training.v1", 2, 77, key, value, headers);
    }

    private static ProducerRecord<String, byte[]> letter(DeadLetter.Source source, Throwable failure) {
        return DeadLetter.of("finetide.training.v1.dlq", "eval-service-training", source, failure);
    }

    private static Map<String, String> headers(ProducerRecord<?, ?> letter) {
        Map<String, String> headers = new LinkedHashMap<>();
        letter.headers().forEach(it -> headers.put(it.key(), new String(it.value(), StandardCharsets.UTF_8)));
        return headers;
    }

    private static int size(ProducerRecord<String, byte[]> letter) {
        int[] sum = {letter.value().length};
        letter.headers().forEach(header -> sum[0] += header.key().length() + header.value().length);
        return sum[0];
    }

    @Test
    void aRecordGoesWholeWithItsPlaceItsConsumerAndNoWordsOfOthers() {
        Headers headers = new RecordHeaders().add("ce_id", "1".getBytes(StandardCharsets.UTF_8));
        ProducerRecord<String, byte[]> letter =
                letter(source("key", new byte[RecordSizes.LARGEST_RECORD], headers), new IllegalStateException(SECRET));
        assertThat(letter.key()).isEqualTo("key");
        assertThat(letter.value()).hasSize(RecordSizes.LARGEST_RECORD);
        assertThat(headers(letter))
                .containsExactly(
                        entry("ce_id", "1"),
                        entry("dead-letter-exception-class-name", "java.lang.IllegalStateException"),
                        entry("dead-letter-reason", "could not be handled"),
                        entry("dead-letter-consumer", "eval-service-training"),
                        entry("dead-letter-topic", "finetide.training.v1"),
                        entry("dead-letter-partition", "2"),
                        entry("dead-letter-offset", "77"));
    }

    @Test
    void whatIsTooLargeIsCutAndTold() {
        Headers headers = new RecordHeaders().add("large", new byte[10 << 20]).add("small", new byte[10]);
        for (int i = 0; i < 1_000; i++) {
            headers.add("many", new byte[1 << 10]);
        }
        ProducerRecord<String, byte[]> letter =
                letter(source("k".repeat(1 << 20), new byte[12 << 20], headers), new IllegalStateException());
        assertThat(letter.key()).isNull();
        assertThat(size(letter)).isLessThan(RecordSizes.LARGEST_DEAD_LETTER);
        assertThat(headers(letter)).containsKey("small").doesNotContainKey("large");
        assertThat(headers(letter).get("dead-letter-cut"))
                .startsWith("key of 1048576 characters, value of 12582912 bytes, header large of 10485775 bytes, ")
                .endsWith(" and more")
                .hasSizeLessThan(2_000);
    }

    @Test
    void aRecordWithoutKeyAndValueHasALetter() {
        ProducerRecord<String, byte[]> letter = letter(source(null, null, new RecordHeaders()), new Error());
        assertThat(letter.value()).isNull();
        assertThat(headers(letter)).containsEntry("dead-letter-exception-class-name", "java.lang.Error");
    }

    @Test
    void aTopicThatTakesNoLargeLetterGetsThePlaceAlone() throws Exception {
        List<ProducerRecord<String, byte[]>> sent = new ArrayList<>();
        Producer<String, byte[]> producer = new UnsureProducer(letter -> answer(sent, letter));
        new DeadLetters("dlq", "group", () -> producer)
                .deliver(source("key", new byte[3 << 20], new RecordHeaders()), new IllegalStateException(SECRET));
        assertThat(sent).hasSize(3);
        assertThat(sent.getLast().value()).isEmpty();
        assertThat(headers(sent.getLast()))
                .containsEntry("dead-letter-cut", "key, value and headers")
                .containsEntry("dead-letter-offset", "77")
                .containsEntry("dead-letter-consumer", "group");
        assertThat(Arrays.toString(headers(sent.getLast()).values().toArray())).doesNotContain(SECRET);
    }

    /// A broker that is away first, and then takes at most 1 MiB.
    private static Future<RecordMetadata> answer(
            List<ProducerRecord<String, byte[]>> sent, ProducerRecord<String, byte[]> letter) {
        sent.add(letter);
        if (sent.size() == 1) {
            return UnsureProducer.failed(new NetworkException("away"));
        }
        return letter.value().length > 1 << 20
                ? UnsureProducer.failed(new RecordTooLargeException("too large"))
                : java.util.concurrent.CompletableFuture.completedFuture(null);
    }

    @Test
    void aBrokerThatIsAwayLosesNoLetter() throws ExecutionException, InterruptedException {
        List<ProducerRecord<String, byte[]>> sent = new ArrayList<>();
        Producer<String, byte[]> producer = new UnsureProducer(letter -> answer(sent, letter));
        new DeadLetters("dlq", "group", () -> producer)
                .deliver(source("key", new byte[10], new RecordHeaders()), new IllegalStateException());
        assertThat(sent).hasSize(2);
        assertThat(sent.getLast().value()).hasSize(10);
    }
}
