package dev.finetide.cli.dataset;

import picocli.CommandLine.Command;

@Command(
        name = "dataset",
        mixinStandardHelpOptions = true,
        description = "Versioned sets of examples.",
        subcommands = {DatasetPushCommand.class, DatasetListCommand.class, DatasetShowCommand.class})
public final class DatasetCommand {}
