package dev.finetide.cli.engine;

import picocli.CommandLine.Command;

@Command(
        name = "engine",
        mixinStandardHelpOptions = true,
        description = "The training engine on this machine: how fast it is.",
        subcommands = {BenchCommand.class})
public final class EngineCommand {}
