package dev.finetide.cli.client;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.stack.DataDirectory;
import dev.finetide.cli.stack.StackState;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.auth.TokenFile;
import dev.finetide.proto.event.KafkaSettings;
import dev.finetide.proto.tls.Channels;
import dev.finetide.proto.tls.WireSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The stack that a command works with: the endpoints in options or in the environment, completed by the local
/// stack.
public final class TargetStack {
    @Mixin
    private DataDirectory data;

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

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "File with your token, for services of another machine; the local stack's and that of your login"
                            + " (finetide login) are found without it."
                            + " FINETIDE_TOKEN may hold the token itself.")
    private Path tokenFile;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description = "Authorities of the services' certificates (PEM), for addresses https://HOST:PORT;"
                    + " FINETIDE_CA_FILE; default: this machine's.")
    private Path authorities;

    @Option(
            names = "--client-cert",
            paramLabel = "FILE",
            description = "Your certificate (PEM), where services ask for one; FINETIDE_CLIENT_CERT.")
    private Path certificate;

    @Option(
            names = "--client-key",
            paramLabel = "FILE",
            description = "Its private key (PEM, PKCS #8); FINETIDE_CLIENT_KEY.")
    private Path key;

    /// Returns what opens connections, by options and environment.
    ///
    /// @throws CommandFailedException if the settings contradict each other
    public Channels channels() {
        try {
            WireSettings environment = WireSettings.ofEnvironment();
            boolean isOwn = certificate != null || key != null;
            return new Channels(new WireSettings(
                    Optional.ofNullable(authorities).or(environment::authorities),
                    isOwn ? Optional.ofNullable(certificate) : environment.certificate(),
                    isOwn ? Optional.ofNullable(key) : environment.key(),
                    environment.allowsPlainText()));
        } catch (IllegalArgumentException contradiction) {
            throw CommandFailedException.failed(contradiction.getMessage());
        }
    }

    /// Returns what commands prove themselves with.
    public Tokens tokens() {
        String variable = System.getenv().getOrDefault("FINETIDE_TOKEN", "");
        Optional<BearerToken.Source> named = tokenFile != null
                ? Optional.of(() -> TokenFile.read(tokenFile))
                : Optional.of(variable).filter(token -> !token.isBlank()).map(token -> token::strip);
        return new Tokens(
                named,
                StackState.userToken(data.path()),
                endpoint -> local().map(Endpoints::all).orElse(List.of()).contains(endpoint),
                Optional.of(Logins.ofUser()));
    }

    /// Returns the named endpoints, and those of the local stack for the rest.
    ///
    /// @throws CommandFailedException UNREACHABLE if nothing names a service and no local stack runs
    public Endpoints endpoints() {
        return known().orElseThrow(() -> CommandFailedException.unreachable(
                "no Finetide stack runs on " + data.path()
                        + ": start one with ./finetide up, name another one's data"
                        + " with --data DIR, or endpoints in the environment (see finetide --help)",
                null));
    }

    /// Returns the endpoints as [#endpoints] does; empty if nothing names a service and no local stack runs.
    Optional<Endpoints> known() {
        Optional<Endpoints> local = local();
        boolean named =
                Stream.of(dataset, training, evaluation, registry, kafka).anyMatch(TargetStack::isGiven);
        return local.isEmpty() && !named ? Optional.empty() : Optional.of(completed(local.orElse(Endpoints.NONE)));
    }

    /// Returns whether the address of registry-service is known.
    public boolean hasRegistry() {
        return known().filter(endpoints -> isGiven(endpoints.registry())).isPresent();
    }

    /// Returns whether commands go to the local stack, because one runs and nothing names another service.
    public boolean isLocal() {
        return local().isPresent()
                && Stream.of(dataset, training, evaluation, registry).noneMatch(TargetStack::isGiven);
    }

    /// Returns the settings of a Kafka client: address and login of the local stack's broker, or the
    /// broker that option or environment name with the login that the environment has (see
    /// [KafkaSettings#of]).
    ///
    /// @throws CommandFailedException UNREACHABLE if no broker is known
    public Map<String, Object> kafkaSettings() {
        String endpoint = endpoints().kafka();
        if (endpoint.isEmpty()) {
            throw CommandFailedException.unreachable(
                    "no endpoint of Kafka is known: set FINETIDE_KAFKA_ENDPOINT", null);
        }
        try {
            return isGiven(kafka)
                    ? KafkaSettings.of(endpoint)
                    : KafkaSettings.read(StackState.kafkaSettings(data.path()));
        } catch (UncheckedIOException unreadable) {
            throw CommandFailedException.failed(unreadable.getCause().getMessage());
        }
    }

    private Endpoints completed(Endpoints known) {
        return new Endpoints(
                isGiven(dataset) ? dataset : known.dataset(),
                isGiven(training) ? training : known.training(),
                isGiven(evaluation) ? evaluation : known.evaluation(),
                isGiven(registry) ? registry : known.registry(),
                isGiven(kafka) ? kafka : known.kafka());
    }

    private Optional<Endpoints> local() {
        try {
            return StackState.running(data.path()).map(Endpoints::of);
        } catch (IOException unreadable) {
            throw CommandFailedException.failed("the local stack's state cannot be read: " + unreadable.getMessage());
        }
    }

    private static boolean isGiven(String endpoint) {
        return endpoint != null && !endpoint.isBlank();
    }
}
