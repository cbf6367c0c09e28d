package dev.finetide.cli.eval;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.GetEvaluationRequest;
import dev.finetide.proto.evaluation.v1.ListEvaluationsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Optional;

/// Finds evaluations by their own id, or by the run that they belong to.
///
/// @param services clients of the services that are asked
public record RunEvaluations(Services services) {
    /// Returns the evaluation of a run; empty if there is none yet. Waits for a service that restarts.
    ///
    /// @param run resource name of the run
    public Optional<Evaluation> ofRun(String run) {
        ListEvaluationsRequest request = ListEvaluationsRequest.newBuilder()
                .setParent(run.substring(0, run.indexOf("/trainingRuns/")))
                .setTrainingRun(run)
                .setPageSize(1)
                .build();
        return services.evaluations().callPatiently(stub -> stub.listEvaluations(request)).getEvaluationsList().stream()
                .findFirst();
    }

    /// Returns the evaluation that a user names by its id, by its resource name, or by its run.
    ///
    /// @throws StatusRuntimeException NOT_FOUND if there is neither such an evaluation nor one of such a run
    public Evaluation named(String typed, Names names) {
        if (typed.contains("/trainingRuns/")) {
            return ofRun(typed).orElseThrow(() -> absent("run " + typed + " has no evaluation"));
        }
        GetEvaluationRequest request = GetEvaluationRequest.newBuilder()
                .setName(names.evaluation(typed))
                .build();
        try {
            return services.evaluations().call(stub -> stub.getEvaluation(request));
        } catch (StatusRuntimeException answer) {
            if (answer.getStatus().getCode() != Status.Code.NOT_FOUND || typed.startsWith("projects/")) {
                throw answer;
            }
            return ofRun(names.run(typed))
                    .orElseThrow(
                            () -> absent("there is no evaluation " + typed + ", and no evaluation of a run " + typed));
        }
    }

    private static StatusRuntimeException absent(String what) {
        return Status.NOT_FOUND.withDescription(what).asRuntimeException();
    }
}
