package dev.finetide.cli.base;

import picocli.CommandLine.Command;

@Command(
        name = "base",
        mixinStandardHelpOptions = true,
        description = "Pretrained models that runs start from.",
        subcommands = {BaseAddCommand.class, BaseListCommand.class, BaseShowCommand.class, BaseDeleteCommand.class})
public final class BaseCommand {}
