package dev.finetide.kit.work;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.auth.AttemptTokens;
import dev.finetide.kit.event.EventInbox;
import dev.finetide.proto.worker.v1.WorkerEvent;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/// Takes the workers' reports of one kind of work from Kafka, in the order of each worker. A report without the seal of
/// the attempt that it names goes to the dead letters, whoever may write to the topic.
public final class ReportConsumer {
    private final EventInbox inbox;
    private final SupervisedWork<?, ?> work;
    private final Ticker ticker;
    private final AttemptTokens tokens;

    public ReportConsumer(EventInbox inbox, SupervisedWork<?, ?> work, Ticker ticker, AttemptTokens tokens) {
        this.inbox = inbox;
        this.work = work;
        this.ticker = ticker;
        this.tokens = tokens;
    }

    public void take(ConsumerRecord<String, byte[]> record) {
        inbox.fenced(
                record,
                WorkerEvent.parser(),
                event -> !work.owns(event) || tokens.isSealed(event, record.value(), record.headers()),
                this::apply);
    }

    private void apply(WorkerEvent event) {
        work.on(event);
        switch (event.getReportCase()) {
            case TRAINING_FINISHED, EVALUATION_FINISHED, REPORT_FINISHED, FAILED, STOPPED ->
                ticker.nudge(); // a place may be free
            default -> {}
        }
    }
}
