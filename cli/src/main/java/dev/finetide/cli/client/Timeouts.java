package dev.finetide.cli.client;

import java.time.Duration;

/// Times after which a command gives up.
///
/// @param call   time that a service may be unreachable for one call
/// @param stream time that a service may be unreachable after a stream was cut
/// @param answer time that a reachable service may take to answer
public record Timeouts(Duration call, Duration stream, Duration answer) {
    public static final Timeouts DEFAULT =
            new Timeouts(Duration.ofSeconds(15), Duration.ofMinutes(5), Duration.ofSeconds(30));
}
