package dev.finetide.cli;

import dev.finetide.cli.platform.Platform;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs a command line inside the test and keeps its output.
public record CliRun(int exitCode, String out, String err) {

    private static final Path TOKEN = token();

    private static Path token() {
        try {
            Path file = Files.createTempFile("finetide-token-", "");
            Files.writeString(file, "a-token");
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static CliRun of(String... arguments) {
        return printingTo(new StringWriter(), arguments);
    }

    /// Runs a command whose output another thread reads meanwhile.
    public static CliRun printingTo(StringWriter out, String... arguments) {
        StringWriter err = new StringWriter();
        int exitCode = Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(arguments);
        return new CliRun(exitCode, out.toString(), err.toString());
    }

    /// Runs a command against these services, and waits three seconds for an unreachable one.
    public static CliRun against(Platform platform, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        for (String service : List.of("dataset", "training", "eval", "registry")) {
            all.add("--" + service + "-endpoint");
            all.add(platform.endpoint());
        }
        all.addAll(List.of("--timeout", "3", "--token-file", TOKEN.toString()));
        return of(all.toArray(String[]::new));
    }
}
