package dev.finetide.cli.dataset;

import dev.finetide.cli.dataset.derive.DatasetDeriveCommand;
import dev.finetide.cli.dataset.push.DatasetPushCommand;
import dev.finetide.cli.dataset.report.DatasetReportCommand;
import dev.finetide.cli.dataset.tokens.DatasetTokensCommand;
import picocli.CommandLine.Command;

@Command(
        name = "dataset",
        mixinStandardHelpOptions = true,
        description = {
            "Versioned sets of examples.",
            "A version is named NAME@NUMBER, or NAME@TAG by a tag; NAME alone is the newest."
        },
        subcommands = {
            DatasetPushCommand.class,
            DatasetListCommand.class,
            DatasetShowCommand.class,
            DatasetRowsCommand.class,
            DatasetTokensCommand.class,
            DatasetDeriveCommand.class,
            DatasetReportCommand.class,
            DatasetDiffCommand.class,
            DatasetExportCommand.class,
            DatasetTagCommand.class,
            DatasetTagsCommand.class,
            DatasetHistoryCommand.class,
            DatasetDeleteCommand.class
        })
public final class DatasetCommand {}
