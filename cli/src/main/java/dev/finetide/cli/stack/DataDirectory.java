package dev.finetide.cli.stack;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Which stack is meant: a stack is its data directory.
final class DataDirectory {

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${sys:user.home}/.finetide/data",
            description = "Where the stack keeps its data; default: ~/.finetide/data.")
    private Path data;

    Path path() {
        return data.toAbsolutePath().normalize();
    }
}
