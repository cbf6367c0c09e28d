package dev.finetide.cli.events;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.finetide.proto.audit.v1.AuditEvent;
import dev.finetide.proto.dataset.v1.DatasetEvent;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.evaluation.v1.EvaluationResult;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.project.v1.ProjectEvent;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.worker.v1.WorkerEvent;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The topics of proto/README.md, each with the message type of its values.
enum EventTopic {
    DATASET("finetide.dataset.v1", DatasetEvent.parser()),
    TRAINING("finetide.training.v1", TrainingEvent.parser()),
    WORKER("finetide.worker.v1", WorkerEvent.parser()),
    EVALUATION("finetide.evaluation.v1", EvaluationEvent.parser()),
    EVALUATION_RESULTS("finetide.evaluation-results.v1", EvaluationResult.parser()),
    MODEL("finetide.model.v1", ModelEvent.parser()),
    PROJECT("finetide.project.v1", ProjectEvent.parser()),
    AUDIT("finetide.audit.v1", AuditEvent.parser());

    private static final String DEAD_LETTERS = ".dlq";

    private final String topic;
    private final Parser<? extends Message> parser;

    EventTopic(String topic, Parser<? extends Message> parser) {
        this.topic = topic;
        this.parser = parser;
    }

    /// Returns all topics except the dead-letter topics.
    static List<String> all() {
        return Arrays.stream(values()).map(each -> each.topic).toList();
    }

    /// Finds the full name of a topic from the full name or its middle part, such as "model" or "model.dlq".
    static Optional<String> find(String typed) {
        boolean dead = typed.endsWith(DEAD_LETTERS);
        String alive = dead ? typed.substring(0, typed.length() - DEAD_LETTERS.length()) : typed;
        return all().stream()
                .filter(topic -> topic.equals(alive) || topic.equals("finetide." + alive + ".v1"))
                .map(topic -> dead ? topic + DEAD_LETTERS : topic)
                .findFirst();
    }

    /// @throws InvalidProtocolBufferException if the bytes are not a message of this topic
    static Message parse(String topic, byte[] value) throws InvalidProtocolBufferException {
        for (EventTopic each : values()) {
            if (topic.equals(each.topic) || topic.equals(each.topic + DEAD_LETTERS)) {
                return each.parser.parseFrom(value);
            }
        }
        throw new InvalidProtocolBufferException("no message is known for topic " + topic);
    }
}
