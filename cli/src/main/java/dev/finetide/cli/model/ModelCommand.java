package dev.finetide.cli.model;

import picocli.CommandLine.Command;

@Command(
        name = "model",
        mixinStandardHelpOptions = true,
        description = "Model versions: the results of runs, and whether they may be served.",
        subcommands = {
            ModelListCommand.class,
            ModelShowCommand.class,
            ModelApproveCommand.class,
            ModelRejectCommand.class,
            ModelRevokeCommand.class,
            ModelPullCommand.class,
            ModelMergeCommand.class,
            ModelDeleteCommand.class
        })
public final class ModelCommand {}
