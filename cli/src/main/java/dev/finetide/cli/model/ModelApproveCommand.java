package dev.finetide.cli.model;

import dev.finetide.proto.model.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "approve",
        mixinStandardHelpOptions = true,
        description = "Approves a version that the policy held, or, with --reason, one that was revoked.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide model approve support-desk@2"})
final class ModelApproveCommand implements Callable<Integer> {
    @Mixin
    private Review review;

    @Option(names = "--reason", defaultValue = "", paramLabel = "TEXT", description = "Why, for the history.")
    private String reason;

    @Override
    public Integer call() {
        return review.decide(reason, ModelServiceBlockingStub::approveModelVersion);
    }
}
