package dev.finetide.cli.model;

import dev.finetide.proto.model.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "reject",
        mixinStandardHelpOptions = true,
        description = "Rejects a version that the policy held.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide model reject support-desk@2 --reason 'answers in the wrong language'"})
final class ModelRejectCommand implements Callable<Integer> {
    @Mixin
    private Review review;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why, for the history.")
    private String reason;

    @Override
    public Integer call() {
        return review.decide(reason, ModelServiceBlockingStub::rejectModelVersion);
    }
}
