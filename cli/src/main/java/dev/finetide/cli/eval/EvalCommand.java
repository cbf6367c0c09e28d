package dev.finetide.cli.eval;

import dev.finetide.cli.eval.export.EvalExportCommand;
import picocli.CommandLine.Command;

@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        description = "Evaluations: any number of models and ways to ask them, on the same held-out rows.",
        subcommands = {
            EvalCreateCommand.class,
            EvalListCommand.class,
            EvalShowCommand.class,
            EvalWatchCommand.class,
            EvalCompareCommand.class,
            EvalExportCommand.class,
            EvalCancelCommand.class
        })
public final class EvalCommand {}
