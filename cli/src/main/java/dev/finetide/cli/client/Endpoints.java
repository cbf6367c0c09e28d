package dev.finetide.cli.client;

import dev.finetide.cli.stack.StackState;

/// Where the parts of a stack listen, each as host:port; empty where unknown.
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
