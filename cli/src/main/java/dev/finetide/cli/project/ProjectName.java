package dev.finetide.cli.project;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Parameters;

/// The project that a command is about.
final class ProjectName {
    @Parameters(index = "0", paramLabel = "PROJECT", description = "The project.")
    private String typed;

    /// Returns the resource name.
    String name() {
        return typed.startsWith("projects/") ? typed : "projects/" + typed;
    }

    /// Makes a call about a project that must exist.
    ///
    /// @throws CommandFailedException NOT_FOUND that says what may be the cause
    <T> T existing(Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException failure) {
            if (failure.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw failure;
            }
            throw new CommandFailedException(
                    ExitCode.NOT_FOUND,
                    failure.getStatus().getDescription(),
                    List.of("Nobody has created it (finetide project create), or you have no role in it."),
                    failure);
        }
    }
}
