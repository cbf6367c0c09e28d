package dev.finetide.cli.engine;

import picocli.CommandLine.Command;

@Command(
        name = "engine",
        mixinStandardHelpOptions = true,
        description = "Measures and checks the training engine on this machine.",
        subcommands = {BenchCommand.class, VerifyCommand.class})
public final class EngineCommand {}
