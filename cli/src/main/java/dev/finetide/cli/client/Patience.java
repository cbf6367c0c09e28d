package dev.finetide.cli.client;

import java.time.Duration;

/// How long a service may be away before a command gives up: for one call, for a stream that was cut, and how long a
/// service that is there may take to answer.
public record Patience(Duration call, Duration stream, Duration answer) {
    public static final Patience DEFAULT =
            new Patience(Duration.ofSeconds(15), Duration.ofSeconds(60), Duration.ofSeconds(30));
}
