package dev.finetide.cli.engine;

import picocli.CommandLine.Command;

@Command(
        name = "engine",
        mixinStandardHelpOptions = true,
        description = "The training engine on this machine: how fast it is, and whether it is right.",
        subcommands = {BenchCommand.class, VerifyCommand.class})
public final class EngineCommand {}
