package dev.finetide.cli.project;

import picocli.CommandLine.Parameters;

/// The project that a command is about.
final class ProjectName {
    @Parameters(index = "0", paramLabel = "PROJECT", description = "The project.")
    private String typed;

    /// Returns the resource name.
    String name() {
        return typed.startsWith("projects/") ? typed : "projects/" + typed;
    }
}
