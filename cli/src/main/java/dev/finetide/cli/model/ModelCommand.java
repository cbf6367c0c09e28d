package dev.finetide.cli.model;

import picocli.CommandLine.Command;

@Command(
        name = "model",
        mixinStandardHelpOptions = true,
        description = "Model versions: what runs produced, and whether it may be served.",
        subcommands = {
            ModelListCommand.class,
            ModelShowCommand.class,
            ModelApproveCommand.class,
            ModelRejectCommand.class,
            ModelRevokeCommand.class,
            ModelPullCommand.class,
            ModelMergeCommand.class
        })
public final class ModelCommand {}
