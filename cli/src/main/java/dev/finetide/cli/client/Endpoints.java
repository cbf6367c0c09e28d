package dev.finetide.cli.client;

import dev.finetide.cli.stack.StackState;
import java.util.List;

/// Addresses of a stack's parts, each as host:port or https://host:port; empty if unknown.
public record Endpoints(String dataset, String training, String evaluation, String registry, String kafka) {
    static final Endpoints NONE = new Endpoints("", "", "", "", "");

    /// Returns the addresses of the services.
    List<String> all() {
        return List.of(dataset, training, evaluation, registry);
    }

    public static Endpoints of(StackState stack) {
        return new Endpoints(
                stack.endpoint("dataset-service").orElse(""),
                stack.endpoint("training-service").orElse(""),
                stack.endpoint("eval-service").orElse(""),
                stack.endpoint("registry-service").orElse(""),
                stack.endpoint("kafka").orElse(""));
    }
}
