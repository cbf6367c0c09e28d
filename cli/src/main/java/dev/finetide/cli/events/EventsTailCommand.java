package dev.finetide.cli.events;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.TargetStack;
import dev.finetide.cli.output.CommandOutput;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "tail",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the events of one topic, or of all, as JSON lines.",
            "TOPIC: dataset, training, worker, evaluation, evaluation-results, model or audit; or a full topic name; add .dlq"
                    + " for its dead letters. Consumers are not affected: no offsets are committed."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide events tail",
            "  finetide events tail model --from-beginning --max 10",
            "  finetide events tail training | jq -c '[.key, (.value | keys[0])]'"
        })
final class EventsTailCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(500);

    @Spec
    private CommandSpec command;

    @Mixin
    private TargetStack stack;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", arity = "0..1", paramLabel = "TOPIC", description = "One topic; all when absent.")
    private String topic;

    @Option(names = "--from-beginning", description = "First the events that Kafka has kept, then new ones.")
    private boolean fromBeginning;

    @Option(names = "--max", paramLabel = "N", description = "Stop after this many events.")
    private Long max;

    @Override
    public Integer call() {
        List<String> topics = topic == null
                ? EventTopic.all()
                : List.of(EventTopic.find(topic)
                        .orElseThrow(() -> new ParameterException(
                                command.commandLine(),
                                "there is no topic " + topic + "; topics are " + String.join(", ", EventTopic.all()))));
        TopicReader.read(stack.kafkaSettings(), consumer -> {
            assign(consumer, topics);
            tail(consumer);
        });
        return ExitCode.DONE.number();
    }

    private void assign(Consumer<String, byte[]> consumer, List<String> topics) {
        Map<String, List<PartitionInfo>> present = consumer.listTopics();
        List<TopicPartition> partitions = topics.stream()
                .flatMap(name -> present.getOrDefault(name, List.of()).stream())
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        if (partitions.isEmpty()) {
            throw CommandFailedException.notFound("the broker has no topic " + String.join(", ", topics) + " yet");
        }
        consumer.assign(partitions);
        if (fromBeginning) {
            consumer.seekToBeginning(partitions);
        } else {
            consumer.seekToEnd(partitions);
        }
        partitions.forEach(consumer::position); // seeks are lazy: without this, the next events could be skipped
    }

    private void tail(Consumer<String, byte[]> consumer) {
        long printed = 0;
        while (max == null || printed < max) {
            for (ConsumerRecord<String, byte[]> event : consumer.poll(POLL)) {
                if (max != null && printed == max) {
                    return;
                }
                output.jsonLine(EventJson.of(event));
                printed++;
            }
        }
    }
}
