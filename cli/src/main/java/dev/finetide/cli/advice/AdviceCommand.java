package dev.finetide.cli.advice;

import picocli.CommandLine.Command;

@Command(
        name = "advice",
        mixinStandardHelpOptions = true,
        description = "Advice that was asked for with finetide advise.",
        subcommands = {
            AdviceListCommand.class,
            AdviceShowCommand.class,
            AdviceWatchCommand.class,
            AdviceCancelCommand.class
        })
public final class AdviceCommand {}
