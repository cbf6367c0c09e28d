package dev.finetide.cli.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.finetide.cli.JsonOutputTest;
import dev.finetide.cli.platform.FilledAnswers;
import dev.finetide.proto.worker.v1.WorkerEvent;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class EventJsonTest {
    @Test
    void anEventHasTheNamesAndNumbersOfOtherCommands() {
        byte[] value = FilledAnswers.filled(WorkerEvent.getDefaultInstance()).toByteArray();
        ConsumerRecord<String, byte[]> record = new ConsumerRecord<>(
                "finetide.worker.v1", 0, 12_345_678_901L, "projects/default/trainingRuns/r", value);
        record.headers().add("ce_id", "7".getBytes(StandardCharsets.UTF_8));

        JsonObject event = JsonParser.parseString(EventJson.of(record)).getAsJsonObject();

        assertThat(event.get("offset").getAsJsonPrimitive().isNumber()).isTrue();
        assertThat(event.getAsJsonObject("headers").get("ce_id").getAsString())
                .as("names and values of headers are data")
                .isEqualTo("7");
        event.remove("headers");
        JsonOutputTest.check(event, "event");
    }
}
