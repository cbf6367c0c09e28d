package dev.finetide.kit.event;

import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;

/// Keeps the published events in order, for unit tests of main-path classes.
public final class RecordingPublisher implements EventPublisher {
    public record Published(String topic, String resource, Message envelope) {
        /// Returns the full name of the event in the envelope.
        public String type() {
            return Outbox.eventType(envelope);
        }
    }

    private final List<Published> published = new ArrayList<>();

    @Override
    public synchronized void publish(String topic, String resource, Message envelope) {
        published.add(new Published(topic, resource, envelope));
    }

    public synchronized List<Published> published() {
        return List.copyOf(published);
    }

    /// Returns the simple names of the events, in order: `["TrainingRunRequested", ...]`.
    public List<String> types() {
        return published().stream()
                .map(event -> event.type().substring(event.type().lastIndexOf('.') + 1))
                .toList();
    }
}
