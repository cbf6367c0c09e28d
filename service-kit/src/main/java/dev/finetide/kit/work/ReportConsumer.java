package dev.finetide.kit.work;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.event.EventInbox;
import dev.finetide.proto.worker.v1.WorkerEvent;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/// Takes the workers' reports of one kind of work from Kafka, in the order of each worker.
public final class ReportConsumer {
    private final EventInbox inbox;
    private final SupervisedWork<?, ?> work;
    private final Ticker ticker;

    public ReportConsumer(EventInbox inbox, SupervisedWork<?, ?> work, Ticker ticker) {
        this.inbox = inbox;
        this.work = work;
        this.ticker = ticker;
    }

    public void take(ConsumerRecord<String, byte[]> record) {
        inbox.fenced(record, WorkerEvent.parser(), event -> {
            work.on(event);
            switch (event.getReportCase()) {
                case TRAINING_FINISHED, EVALUATION_FINISHED, REPORT_FINISHED, FAILED, STOPPED ->
                    ticker.nudge(); // a place may be free
                default -> {}
            }
        });
    }
}
