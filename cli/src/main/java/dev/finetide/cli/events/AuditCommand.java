package dev.finetide.cli.events;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Timestamps;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.TargetStack;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Printable;
import dev.finetide.proto.audit.v1.AuditEvent;
import dev.finetide.proto.auth.v1.Role;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description =
                "Shows who changed what, and which calls were denied, oldest first, from Kafka's topic finetide.audit.v1.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide audit --since 2h",
            "  finetide audit --resource projects/default/models/support-desk",
            "  finetide audit --denied --since 2026-11-30T08:00:00Z -o json"
        })
public final class AuditCommand implements Callable<Integer> {
    private static final String TOPIC = "finetide.audit.v1";
    private static final Duration POLL = Duration.ofMillis(500);

    @Spec
    private CommandSpec command;

    @Mixin
    private TargetStack stack;

    @Mixin
    private CommandOutput output;

    @Option(
            names = "--resource",
            paramLabel = "NAME",
            description = "Only this resource and what is below it: projects/default/models/m.")
    private String resource;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            defaultValue = "24h",
            description = "30m, 12h or 7d ago, or a time such as 2026-11-30T08:00:00Z; default: ${DEFAULT-VALUE}.")
    private String since;

    @Option(names = "--by", paramLabel = "WHO", description = "Only what this caller did.")
    private String by;

    @Option(names = "--denied", description = "Only calls that were denied.")
    private boolean denied;

    @Override
    public Integer call() {
        Instant from = from(Instant.now());
        List<AuditEvent> entries = new ArrayList<>();
        TopicReader.read(stack.kafkaSettings(), consumer -> read(consumer, from, entries));
        entries.sort(Comparator.comparing(AuditEvent::getTime, Timestamps.comparator()));
        for (AuditEvent entry : entries) {
            if (output.isJson()) {
                output.json(entry);
            } else {
                output.line(line(entry));
            }
        }
        return ExitCode.DONE.number();
    }

    /// Returns an entry on one line. The names of a denied call are whatever its caller wrote.
    static String line(AuditEvent entry) {
        String method = entry.getMethod().substring(entry.getMethod().indexOf('/') + 1);
        String line = "%s  %-16s %-22s %-18s %s%s%s"
                .formatted(
                        Timestamps.toString(entry.getTime()),
                        entry.getSubject().isEmpty() ? "(nobody)" : entry.getSubject(),
                        method,
                        entry.getResult(),
                        entry.getResource(),
                        member(entry),
                        entry.getPeer().isEmpty() ? "" : "  from " + entry.getPeer());
        return Printable.line(line);
    }

    private static String member(AuditEvent entry) {
        if (entry.getMember().isEmpty()) {
            return "";
        }
        String role = entry.getMemberRole() == Role.ROLE_UNSPECIFIED
                ? ""
                : " as " + entry.getMemberRole().name().toLowerCase(Locale.ROOT);
        return "  " + entry.getMember() + " of " + entry.getMemberIssuer() + role;
    }

    private Instant from(Instant now) {
        try {
            if (since.matches("[0-9]{1,6}[smhd]")) {
                String amount = since.substring(0, since.length() - 1);
                char unit = since.charAt(since.length() - 1);
                return now.minus(
                        unit == 'd'
                                ? Duration.ofDays(Long.parseLong(amount))
                                : Duration.parse("PT" + since.toUpperCase(Locale.ROOT)));
            }
            return Instant.parse(since);
        } catch (DateTimeParseException e) {
            throw new ParameterException(
                    command.commandLine(),
                    "--since: expected 30m, 12h, 7d or a time such as 2026-11-30T08:00:00Z, got " + since);
        }
    }

    /// Reads the entries from a time on to the present end of the topic.
    private void read(Consumer<String, byte[]> consumer, Instant from, List<AuditEvent> entries) {
        List<TopicPartition> partitions = consumer.partitionsFor(TOPIC).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, from.toEpochMilli()));
        consumer.offsetsForTimes(times)
                .forEach((partition, found) ->
                        consumer.seek(partition, found == null ? ends.get(partition) : found.offset()));
        while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                try {
                    AuditEvent entry = AuditEvent.parseFrom(record.value());
                    if (isWanted(entry)) {
                        entries.add(entry);
                    }
                } catch (InvalidProtocolBufferException e) {
                    output.err()
                            .println("finetide: an entry at " + record.topic() + "-" + record.partition() + "@"
                                    + record.offset() + " is unreadable");
                }
            }
        }
    }

    private boolean isWanted(AuditEvent entry) {
        return (resource == null
                        || entry.getResource().equals(resource)
                        || entry.getResource().startsWith(resource + "/"))
                && (by == null || entry.getSubject().equals(by))
                && (!denied || !entry.getResult().equals("OK"));
    }
}
