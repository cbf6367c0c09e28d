package dev.finetide.cli.dataset;

import dev.finetide.cli.base.BaseUpload;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.proto.dataset.v1.LengthLimit;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// Options that find rows longer than a base reads.
public final class LengthOptions {
    private static final String CONTEXT = "context";

    @Option(
            names = "--max-length",
            paramLabel = "TOKENS",
            description = "Largest number of tokens of a row, or context for all that the base reads. Needs --base.")
    private String maxLength;

    @Option(
            names = "--base",
            paramLabel = "DIR|NAME",
            description = "Base whose tokenizer and chat template count the tokens of --max-length.")
    private String base;

    @Option(
            names = "--leave-out-long",
            description = "Leave longer rows out and count them, where they would be refused.")
    private boolean leaveOut;

    /// Returns the limit, if there is one. A directory of a base is added to the registry first.
    public Optional<LengthLimit> limit(CommandLine command, Services services, Names names, PrintWriter notes)
            throws IOException {
        if (maxLength == null) {
            if (base != null || leaveOut) {
                throw new ParameterException(command, "--base and --leave-out-long need --max-length");
            }
            return Optional.empty();
        }
        if (base == null) {
            throw new ParameterException(command, "--max-length needs --base, which counts the tokens");
        }
        return Optional.of(LengthLimit.newBuilder()
                .setBase(new BaseUpload(services.bases(), names, notes).resolve(base))
                .setMaxTokens(tokens(maxLength, command))
                .setLeaveOut(leaveOut)
                .build());
    }

    /// Returns a number of tokens; 0 for the base's context.
    public static int tokens(String typed, CommandLine command) {
        if (typed.equals(CONTEXT)) {
            return 0;
        }
        if (!typed.matches("[1-9]\\d{0,8}")) {
            throw new ParameterException(
                    command, "--max-length: expected a number of tokens or context, got '" + typed + "'");
        }
        return Integer.parseInt(typed);
    }
}
