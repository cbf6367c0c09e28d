package dev.finetide.proto.event;

/// Names of the record headers that carry CloudEvents attributes over Kafka, in binary mode. Part of the contract,
/// because services and workers write them and every consumer reads them.
public final class CloudEventHeaders {
    /// The specification's version, [#SPEC_VERSION_1_0].
    public static final String SPEC_VERSION = "ce_specversion";

    public static final String SPEC_VERSION_1_0 = "1.0";

    /// The event's id, by which a consumer takes it once only.
    public static final String ID = "ce_id";

    /// The full name of the event's message.
    public static final String TYPE = "ce_type";

    /// The program that wrote the event, e.g. `/training-service`.
    public static final String SOURCE = "ce_source";

    /// The name of the resource that the event is about.
    public static final String SUBJECT = "ce_subject";

    /// The time of the event, by RFC 3339.
    public static final String TIME = "ce_time";

    /// The W3C trace context of the change that the event tells of.
    public static final String TRACEPARENT = "ce_traceparent";

    private CloudEventHeaders() {}
}
