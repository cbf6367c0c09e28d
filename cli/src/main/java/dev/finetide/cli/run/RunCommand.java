package dev.finetide.cli.run;

import picocli.CommandLine.Command;

@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Fine-tuning runs.",
        subcommands = {
            RunCreateCommand.class,
            RunWatchCommand.class,
            RunListCommand.class,
            RunShowCommand.class,
            RunCompareCommand.class,
            RunCancelCommand.class,
            RunLogsCommand.class,
            RunDeleteCommand.class
        })
public final class RunCommand {}
