package dev.finetide.kit.event;

import com.google.protobuf.Message;

/// Publishes the events of a change. Main-path classes call it inside the store's transaction.
public interface EventPublisher {
    /// @param topic    e.g. `finetide.training.v1`
    /// @param resource the resource's name: record key and `ce_subject`
    /// @param envelope the topic's envelope message; `ce_type` is the full name of the event set in it
    /// @throws dev.finetide.kit.error.ApiException RESOURCE_TOO_LARGE if the event is larger than its topic takes
    void publish(String topic, String resource, Message envelope);
}
