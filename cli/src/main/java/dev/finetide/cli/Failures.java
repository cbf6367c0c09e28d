package dev.finetide.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Turns every failure into a message on stderr and an exit code. `--debug` adds the stack trace.
final class Failures {
    /// Rest of a path after a list: an item, and what is meant in it, as in `arms[0].promptings[1].system`.
    private static final String ITEM = "(?:\\[\\d+](?:\\.\\w+)*)*";

    /// Text of services about a project in which the caller has no role, whether it exists or not.
    private static final Pattern NO_PROJECT = Pattern.compile("projects/[^/]+ does not exist");

    private Failures() {}

    /// Handles an exception that a command threw.
    static int onException(Exception failure, CommandLine command, boolean debug) {
        if (failure instanceof ParameterException usage) {
            return onUsage(usage, new String[0]); // a usage error that only the command could detect
        }
        CommandFailedException report = describe(failure);
        PrintWriter err = command.getErr();
        err.println("finetide: " + named(report.getMessage(), command));
        report.details().forEach(detail -> err.println("  " + named(detail, command)));
        if (debug) {
            failure.printStackTrace(err);
        }
        err.flush();
        return report.exitCode().number();
    }

    /// Names the option before each field that it sets: "--lr (config.learning_rate): expected ...".
    private static String named(String message, CommandLine command) {
        String text = message;
        if (command.getCommand() instanceof FieldOptions fields) {
            for (Map.Entry<String, String> field : fields.optionByField().entrySet()) {
                text = text.replaceAll(
                        "(?<![\\w.])(" + Pattern.quote(field.getKey()) + ITEM + ")(?![\\w.])",
                        Matcher.quoteReplacement(field.getValue()) + " ($1)");
            }
        }
        return text;
    }

    /// Handles a command line that picocli cannot parse.
    static int onUsage(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("finetide: " + failure.getMessage());
        UnmatchedArgumentException.printSuggestions(failure, err);
        err.println("See '" + command.getCommandSpec().qualifiedName() + " --help'.");
        err.flush();
        return ExitCode.USAGE.number();
    }

    /// Converts any failure to the message and exit code for the user.
    static CommandFailedException describe(Throwable failure) {
        return switch (failure) {
            case CommandFailedException described -> described;
            case GoesOnException client -> describe(client.getCause()).withDetail(client.hint());
            case StatusRuntimeException status -> describe(status);
            case NoSuchFileException missing ->
                new CommandFailedException(
                        ExitCode.NOT_FOUND, missing.getFile() + ": no such file or directory", List.of(), missing);
            case FileSystemException file ->
                new CommandFailedException(
                        ExitCode.FAILED,
                        file.getFile() + ": "
                                + (file.getReason() == null ? file.getClass().getSimpleName() : file.getReason()),
                        List.of(),
                        file);
            case IOException io -> new CommandFailedException(ExitCode.FAILED, io.getMessage(), List.of(), io);
            default ->
                new CommandFailedException(
                        ExitCode.FAILED,
                        "unexpected " + failure.getClass().getSimpleName() + " (" + failure.getMessage()
                                + "); --debug shows where",
                        List.of(),
                        failure);
        };
    }

    private static CommandFailedException describe(StatusRuntimeException failure) {
        Status status = failure.getStatus();
        String message = status.getDescription() == null ? status.getCode().name() : status.getDescription();
        List<String> violations = violations(failure);
        // A service repeats a single violation in its message.
        boolean repeated = violations.size() == 1 && message.contains(violations.getFirst());
        List<String> details = new ArrayList<>(repeated ? List.of() : violations);
        details(failure, RetryInfo.class)
                .map(info -> "try it again after %d s".formatted(Durations.toSeconds(info.getRetryDelay())))
                .forEach(details::add);
        if (NO_PROJECT.matcher(message).matches()) {
            details.add(
                    "You have no role in it (finetide whoami), or nobody has created it (finetide project create).");
        }
        if (status.getCode() == Status.Code.UNAUTHENTICATED) {
            details.add("finetide whoami says which token your commands send, and where it comes from.");
        }
        return new CommandFailedException(exitCode(status.getCode()), message, details, failure);
    }

    private static ExitCode exitCode(Status.Code code) {
        return switch (code) {
            case OK -> ExitCode.DONE;
            case NOT_FOUND -> ExitCode.NOT_FOUND;
            case INVALID_ARGUMENT,
                    FAILED_PRECONDITION,
                    ALREADY_EXISTS,
                    ABORTED,
                    OUT_OF_RANGE,
                    RESOURCE_EXHAUSTED,
                    PERMISSION_DENIED,
                    UNAUTHENTICATED -> ExitCode.REFUSED;
            case UNAVAILABLE, DEADLINE_EXCEEDED -> ExitCode.UNREACHABLE;
            case CANCELLED, UNKNOWN, UNIMPLEMENTED, INTERNAL, DATA_LOSS -> ExitCode.FAILED;
        };
    }

    private static List<String> violations(StatusRuntimeException failure) {
        return details(failure, BadRequest.class)
                .flatMap(bad -> bad.getFieldViolationsList().stream())
                .map(violation -> violation.getField() + ": " + violation.getDescription())
                .toList();
    }

    /// Returns the details of a kind that a status has. One that cannot be read counts as absent.
    private static <M extends Message> Stream<M> details(StatusRuntimeException failure, Class<M> kind) {
        return Optional.ofNullable(StatusProto.fromThrowable(failure)).stream()
                .flatMap(status -> status.getDetailsList().stream())
                .filter(detail -> detail.is(kind))
                .flatMap(detail -> {
                    try {
                        return Stream.of(detail.unpack(kind));
                    } catch (InvalidProtocolBufferException unreadable) {
                        return Stream.empty();
                    }
                });
    }
}
