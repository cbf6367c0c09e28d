package dev.finetide.kit.event;

import dev.finetide.proto.event.CloudEventHeaders;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jdbi.v3.core.Handle;

/// One event of the outbox.
record OutboxRow(
        long seq,
        String id,
        String topic,
        String key,
        String type,
        byte[] payload,
        OffsetDateTime time,
        String traceparent) {

    /// Returns the first rows that wait, in order.
    ///
    /// @param without topics whose rows are left out
    static List<OutboxRow> next(Handle handle, Collection<String> without, int limit) {
        return handle.createQuery("""
                        select * from outbox where parked_at is null and aggregatetype <> all(:without)
                        order by seq limit :limit""")
                .bindArray("without", String.class, without)
                .bind("limit", limit)
                .map((result, context) -> read(result))
                .list();
    }

    private static OutboxRow read(ResultSet result) throws SQLException {
        return new OutboxRow(
                result.getLong("seq"),
                result.getString("id"),
                result.getString("aggregatetype"),
                result.getString("aggregateid"),
                result.getString("type"),
                result.getBytes("payload"),
                result.getObject("created_at", OffsetDateTime.class),
                result.getString("traceparent"));
    }

    /// Returns the record of this row without the headers of its trace.
    ///
    /// @param source name of the service
    ProducerRecord<String, byte[]> record(String source) {
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(topic, key, payload);
        Map.of(
                        CloudEventHeaders.SPEC_VERSION,
                        CloudEventHeaders.SPEC_VERSION_1_0,
                        CloudEventHeaders.ID,
                        id,
                        CloudEventHeaders.TYPE,
                        type,
                        CloudEventHeaders.SOURCE,
                        "/" + source,
                        CloudEventHeaders.SUBJECT,
                        key,
                        CloudEventHeaders.TIME,
                        time.toInstant().toString(),
                        "content-type",
                        "application/protobuf")
                .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        return record;
    }
}
