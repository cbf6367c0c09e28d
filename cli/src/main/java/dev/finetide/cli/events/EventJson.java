package dev.finetide.cli.events;

import com.google.gson.JsonObject;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.finetide.cli.output.CommandOutput;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/// Prints a record as a JSON object: position, headers, and the value as other commands print it.
final class EventJson {
    private EventJson() {}

    static String of(ConsumerRecord<String, byte[]> event) {
        JsonObject object = new JsonObject();
        object.addProperty("topic", event.topic());
        object.addProperty("partition", event.partition());
        object.addProperty("offset", event.offset());
        object.addProperty("time", Instant.ofEpochMilli(event.timestamp()).toString());
        object.addProperty("key", event.key());
        JsonObject headers = new JsonObject();
        for (Header header : event.headers()) {
            headers.addProperty(
                    header.key(), header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8));
        }
        object.add("headers", headers);
        if (event.value() == null) {
            object.add("value", null); // a tombstone of a compacted topic
            return object.toString();
        }
        try {
            object.add("value", CommandOutput.toJsonTree(EventTopic.parse(event.topic(), event.value())));
        } catch (InvalidProtocolBufferException unreadable) {
            object.addProperty("unreadable", unreadable.getMessage());
            object.addProperty("valueBase64", Base64.getEncoder().encodeToString(event.value()));
        }
        return object.toString();
    }
}
