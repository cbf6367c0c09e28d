package dev.finetide.cli.model;

import dev.finetide.proto.model.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "revoke",
        mixinStandardHelpOptions = true,
        description = "Takes an approval back; from then on the version is no longer served.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide model revoke support-desk@2 --reason 'leaks names'"})
final class ModelRevokeCommand implements Callable<Integer> {
    @Mixin
    private Review review;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why, for the history.")
    private String reason;

    @Override
    public Integer call() {
        return review.decide(reason, ModelServiceBlockingStub::revokeModelVersion);
    }
}
