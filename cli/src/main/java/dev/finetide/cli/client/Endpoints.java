package dev.finetide.cli.client;

/// Where the parts of a stack listen, each as host:port; empty where unknown.
public record Endpoints(String dataset, String training, String evaluation, String registry, String kafka) {
    static final Endpoints NONE = new Endpoints("", "", "", "", "");
}
