package dev.finetide.cli.stack;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Option that names a local stack by its data directory.
public final class DataDirectory {

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${sys:user.home}/.finetide/data",
            description = "Data directory of the local stack; default: ~/.finetide/data.")
    private Path data;

    public Path path() {
        return data.toAbsolutePath().normalize();
    }
}
