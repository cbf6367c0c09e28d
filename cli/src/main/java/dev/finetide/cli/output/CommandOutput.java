package dev.finetide.cli.output;

import com.google.gson.JsonElement;
import com.google.protobuf.Message;
import dev.finetide.cli.CommandFailedException;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Prints a command's results: text and tables for people, or JSON Lines for programs (`-o json`). JSON Lines have
/// one object per line, as [MessageJson] makes it; a list has one line per element. Results go to stdout, all else to
/// stderr.
public final class CommandOutput {
    /// Values of `-o`.
    public enum Format {
        TEXT,
        JSON
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text, or json: one JSON object per line.")
    private Format format;

    public boolean isJson() {
        return format == Format.JSON;
    }

    /// Returns stdout, for the result.
    public PrintWriter out() {
        return isJson() ? jsonOut() : command.commandLine().getOut();
    }

    private PrintWriter jsonOut() {
        PrintWriter out = command.commandLine().getOut();
        return out instanceof SafePrinter printer ? printer.json() : out;
    }

    /// Returns stderr, for notes and progress.
    public PrintWriter err() {
        return command.commandLine().getErr();
    }

    /// Prints a line of the result.
    ///
    /// @throws CommandFailedException if the reader has closed the pipe, as in `| head`
    public void line(String text) {
        line(text, out());
    }

    /// Prints a line of JSON, whatever the format of the command is.
    public void jsonLine(String json) {
        line(json, jsonOut());
    }

    private static void line(String text, PrintWriter out) {
        out.println(text);
        out.flush();
        if (out.checkError() || System.out.checkError()) {
            throw CommandFailedException.failed("the output was closed");
        }
    }

    public void note(String text) {
        err().println(text);
        err().flush();
    }

    /// Prints a message as one line of JSON.
    public void json(Message message) {
        line(MessageJson.of(message).toString());
    }

    /// Prints a list: a table with this head, or one line of JSON for each item as soon as it arrives.
    public <T extends Message> void list(Stream<T> items, List<String> head, Function<T, List<?>> cells) {
        if (isJson()) {
            items.forEach(this::json);
            return;
        }
        Table table = new Table(head.toArray(String[]::new));
        items.forEach(item -> table.row(cells.apply(item).toArray()));
        table.print(out());
    }

    public static JsonElement toJsonTree(Message message) {
        return MessageJson.of(message);
    }
}
