package dev.finetide.cli.model;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Printable;
import dev.finetide.proto.model.v1.ModelServiceGrpc.ModelServiceBlockingStub;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ReviewModelVersionRequest;
import java.util.function.BiFunction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The options and the output that approve, reject and revoke share.
final class Review {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME@VERSION", description = "The version to decide on.")
    private String name;

    int decide(String reason, BiFunction<ModelServiceBlockingStub, ReviewModelVersionRequest, ModelVersion> verb) {
        try (Services services = connection.open(output)) {
            ReviewModelVersionRequest request = ReviewModelVersionRequest.newBuilder()
                    .setName(connection.names().exactModelVersion(name))
                    .setReason(reason)
                    .build();
            ModelVersion version = services.models().call(stub -> verb.apply(stub, request));
            if (output.isJson()) {
                output.json(version);
            } else {
                output.line(result(version));
            }
        }
        return 0;
    }

    /// Returns what became of the version. One of two approvals decides nothing yet, and the last reason says so.
    static String result(ModelVersion version) {
        boolean isOpen = version.getState() == ModelVersion.State.PENDING_APPROVAL && version.getReasonsCount() > 0;
        return Names.brief(version.getName()) + " is " + ModelText.state(version.getState())
                + (isOpen ? ": " + Printable.line(version.getReasonsList().getLast()) : "");
    }
}
