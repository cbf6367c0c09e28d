package dev.finetide.cli.project;

import picocli.CommandLine.Command;

@Command(
        name = "project",
        mixinStandardHelpOptions = true,
        description = "Projects: who may do what in them, by which rules, and how much.",
        subcommands = {
            ProjectCreateCommand.class,
            ProjectListCommand.class,
            ProjectShowCommand.class,
            ProjectSetCommand.class,
            ProjectGrantCommand.class,
            ProjectRevokeCommand.class
        })
public final class ProjectCommand {}
