package dev.finetide.kit.project;

import dev.finetide.kit.event.EventInbox;
import dev.finetide.proto.project.v1.ProjectEvent;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/// Handles the events of projects, in every service.
@Singleton
class ProjectConsumer {
    private final EventInbox inbox;
    private final Projects projects;

    ProjectConsumer(EventInbox inbox, Projects projects) {
        this.inbox = inbox;
        this.projects = projects;
    }

    @Incoming("projects")
    @Blocking
    void projects(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, ProjectEvent.parser(), event -> {
            switch (event.getEventCase()) {
                case PROJECT_CREATED -> projects.store(event.getProjectCreated().getProject());
                case PROJECT_CHANGED -> projects.store(event.getProjectChanged().getProject());
                case EVENT_NOT_SET -> {} // an event of a later version
            }
        });
    }
}
