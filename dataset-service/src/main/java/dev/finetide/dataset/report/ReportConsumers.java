package dev.finetide.dataset.report;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.auth.AttemptTokens;
import dev.finetide.kit.event.EventInbox;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.work.ReportConsumer;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/// Takes what the workers of reports send. The consumer blocks and keeps the order of each worker.
@Singleton
class ReportConsumers {
    private final ReportConsumer sections;

    ReportConsumers(EventInbox inbox, DatasetReports reports, Ticker ticker, AttemptTokens tokens) {
        this.sections = new ReportConsumer(inbox, reports.supervised(), ticker, tokens);
    }

    @Incoming("worker")
    @Blocking
    void worker(ConsumerRecord<String, byte[]> record) {
        if (record.key() == null || !ResourceType.DATASET_REPORT.matches(record.key())) {
            return; // a record of another service's worker, which may be unreadable
        }
        sections.take(record);
    }
}
