package dev.finetide.cli.client;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.stack.StackState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/// Which stack a command speaks to: what options or the environment name, else the local stack that runs.
public final class WhichStack {
    @Option(
            names = "--stack",
            paramLabel = "DIR",
            defaultValue = "${sys:user.home}/.finetide/data",
            description = "Data directory of the local stack; default: ~/.finetide/data.")
    private Path stack;

    @Option(names = "--dataset-endpoint", hidden = true, defaultValue = "${env:FINETIDE_DATASET_ENDPOINT}")
    private String dataset;

    @Option(names = "--training-endpoint", hidden = true, defaultValue = "${env:FINETIDE_TRAINING_ENDPOINT}")
    private String training;

    @Option(names = "--eval-endpoint", hidden = true, defaultValue = "${env:FINETIDE_EVAL_ENDPOINT}")
    private String evaluation;

    @Option(names = "--registry-endpoint", hidden = true, defaultValue = "${env:FINETIDE_REGISTRY_ENDPOINT}")
    private String registry;

    @Option(names = "--kafka-endpoint", hidden = true, defaultValue = "${env:FINETIDE_KAFKA_ENDPOINT}")
    private String kafka;

    /// What is named, completed from the local stack's state.
    public Endpoints endpoints() {
        Optional<Endpoints> local = local();
        boolean named =
                Stream.of(dataset, training, evaluation, registry, kafka).anyMatch(WhichStack::isGiven);
        if (local.isEmpty() && !named) {
            throw CommandFailedException.unreachable(
                    "no Finetide stack runs on " + stack + ": start one with ./finetide up, name another one's data"
                            + " with --stack DIR, or endpoints in the environment (see finetide --help)",
                    null);
        }
        Endpoints known = local.orElse(Endpoints.NONE);
        return new Endpoints(
                isGiven(dataset) ? dataset : known.dataset(),
                isGiven(training) ? training : known.training(),
                isGiven(evaluation) ? evaluation : known.evaluation(),
                isGiven(registry) ? registry : known.registry(),
                isGiven(kafka) ? kafka : known.kafka());
    }

    private Optional<Endpoints> local() {
        try {
            return StackState.running(stack).map(Endpoints::of);
        } catch (IOException unreadable) {
            throw CommandFailedException.failed("the local stack's state cannot be read: " + unreadable.getMessage());
        }
    }

    private static boolean isGiven(String endpoint) {
        return endpoint != null && !endpoint.isBlank();
    }
}
