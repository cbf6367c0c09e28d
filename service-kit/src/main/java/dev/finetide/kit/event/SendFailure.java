package dev.finetide.kit.event;

import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/// The scope of a failure to send a record: what else would fail in the same way.
enum SendFailure {
    /// The record itself is refused, however often it is sent.
    OF_ROW,
    /// All records of the topic are refused, until somebody makes the topic or allows to write to it.
    OF_TOPIC,
    /// The record is refused for a reason that no retry should cure, but that is not known to be the record's own.
    UNCERTAIN,
    /// The broker is away or changes its leader: every record fails, and the failure passes.
    OF_BROKER;

    static SendFailure of(Throwable failure) {
        return switch (failure) {
            case RecordTooLargeException _,
                    RecordBatchTooLargeException _,
                    SerializationException _,
                    InvalidRecordException _,
                    InvalidTimestampException _,
                    InvalidTopicException _,
                    PolicyViolationException _ -> OF_ROW;
            case TopicAuthorizationException _, UnknownTopicOrPartitionException _ -> OF_TOPIC;
            case AuthenticationException _,
                    AuthorizationException _,
                    OutOfOrderSequenceException _,
                    ProducerFencedException _,
                    UnsupportedVersionException _ -> OF_BROKER;
            case RetriableException _ -> isOfTopic(failure.getCause()) ? OF_TOPIC : OF_BROKER;
            case ApiException _ -> UNCERTAIN;
            default -> OF_BROKER;
        };
    }

    /// Returns whether a time-out tells that the broker answered, but does not know the topic.
    private static boolean isOfTopic(Throwable cause) {
        return cause instanceof UnknownTopicOrPartitionException || cause instanceof TopicAuthorizationException;
    }
}
