package dev.finetide.cli.events;

import picocli.CommandLine.Command;

@Command(
        name = "events",
        mixinStandardHelpOptions = true,
        description = "The platform's topics.",
        subcommands = {EventsTailCommand.class})
public final class EventsCommand {}
