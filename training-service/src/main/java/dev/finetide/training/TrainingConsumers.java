package dev.finetide.training;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.auth.AttemptTokens;
import dev.finetide.kit.event.EventInbox;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.work.EventProject;
import dev.finetide.kit.work.ReportConsumer;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.model.v1.ModelVersion;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/// Takes the events that training-service reacts to. Consumers block and keep the order: the events of one resource are
/// handled one after the other.
@Singleton
class TrainingConsumers {
    private final EventInbox inbox;
    private final TrainingRuns runs;
    private final ReportConsumer reports;

    TrainingConsumers(EventInbox inbox, TrainingRuns runs, Ticker ticker, AttemptTokens tokens) {
        this.inbox = inbox;
        this.runs = runs;
        this.reports = new ReportConsumer(inbox, runs.supervised(), ticker, tokens);
    }

    @Incoming("worker")
    @Blocking
    void worker(ConsumerRecord<String, byte[]> record) {
        if (record.key() != null && ResourceType.EVALUATION.matches(record.key())) {
            return; // a record of eval-service, which may be unreadable
        }
        reports.take(record);
    }

    @Incoming("evaluation")
    @Blocking
    void evaluation(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, EvaluationEvent.parser(), event -> {
            if (event.hasEvaluationRequested()) {
                Evaluation evaluation = event.getEvaluationRequested().getEvaluation();
                EventProject.of(evaluation);
                runs.linkEvaluation(evaluation.getTrainingRun().getName(), evaluation.getName());
            }
        });
    }

    @Incoming("model")
    @Blocking
    void model(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, ModelEvent.parser(), event -> {
            if (event.hasModelVersionRegistered()) {
                ModelVersion version = event.getModelVersionRegistered().getModelVersion();
                EventProject.of(version);
                runs.linkModelVersion(version.getTrainingRun(), version.getName());
            }
        });
    }
}
