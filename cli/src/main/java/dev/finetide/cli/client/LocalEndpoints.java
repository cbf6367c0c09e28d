package dev.finetide.cli.client;

import dev.finetide.cli.stack.StackState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/// The endpoints of the stack that `finetide up` runs on this machine.
final class LocalEndpoints {
    private LocalEndpoints() {}

    /// @param stack the stack's data directory
    static Optional<Endpoints> read(Path stack) {
        try {
            return StackState.running(stack)
                    .map(state -> new Endpoints(
                            state.endpoint("dataset-service").orElse(""),
                            state.endpoint("training-service").orElse(""),
                            state.endpoint("eval-service").orElse(""),
                            state.endpoint("registry-service").orElse(""),
                            state.endpoint("kafka").orElse("")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
