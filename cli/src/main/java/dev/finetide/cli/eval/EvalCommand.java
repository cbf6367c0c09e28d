package dev.finetide.cli.eval;

import picocli.CommandLine.Command;

@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        description = "Evaluations: base and tuned model on the same held-out rows.",
        subcommands = {EvalShowCommand.class, EvalWatchCommand.class})
public final class EvalCommand {}
