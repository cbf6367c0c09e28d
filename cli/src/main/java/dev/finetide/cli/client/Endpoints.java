package dev.finetide.cli.client;

import dev.finetide.cli.stack.StackState;

/// Addresses of a stack's parts, each as host:port; empty if unknown.
public record Endpoints(String dataset, String training, String evaluation, String registry, String kafka) {
    static final Endpoints NONE = new Endpoints("", "", "", "", "");

    public static Endpoints of(StackState stack) {
        return new Endpoints(
                stack.endpoint("dataset-service").orElse(""),
                stack.endpoint("training-service").orElse(""),
                stack.endpoint("eval-service").orElse(""),
                stack.endpoint("registry-service").orElse(""),
                stack.endpoint("kafka").orElse(""));
    }
}
