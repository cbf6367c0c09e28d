package dev.finetide.kubernetes;

import dev.finetide.proto.work.v1.WorkReason;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;

/// Reason why the API server refused a call or did not answer, in words that a run can show.
///
/// @param passes whether another try can succeed
record ApiTrouble(WorkReason reason, String message, boolean passes) {
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int INVALID = 422;

    /// Finds the API server's answer in a chain of causes. A chain without one means that the server is unreachable.
    static ApiTrouble of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof KubernetesClientException answer && answer.getCode() != 0) {
                return of(answer);
            }
        }
        return unreachable(innermost(failure));
    }

    static ApiTrouble of(KubernetesClientException failure) {
        Status status = failure.getStatus();
        String said = status == null || status.getMessage() == null ? innermost(failure) : status.getMessage();
        return switch (failure.getCode()) {
            case FORBIDDEN -> forbidden(said);
            case NOT_FOUND -> new ApiTrouble(WorkReason.NO_NAMESPACE, said, true);
            case INVALID, 400 -> new ApiTrouble(WorkReason.BAD_CONFIGURATION, said, false);
            case CONFLICT -> new ApiTrouble(WorkReason.JOB_IN_THE_WAY, said, true);
            case 0, -1 -> unreachable(said);
            default ->
                new ApiTrouble(
                        WorkReason.CLUSTER_UNREACHABLE,
                        "the API server answers " + failure.getCode() + ": " + said,
                        true);
        };
    }

    private static ApiTrouble unreachable(String said) {
        return new ApiTrouble(WorkReason.CLUSTER_UNREACHABLE, "the API server does not answer: " + said, true);
    }

    private static ApiTrouble forbidden(String said) {
        if (said.contains("exceeded quota")) {
            return new ApiTrouble(WorkReason.QUOTA_EXCEEDED, said, true);
        }
        if (said.contains("being terminated")) {
            return new ApiTrouble(WorkReason.NO_NAMESPACE, said, true);
        }
        return new ApiTrouble(WorkReason.NO_RIGHTS, said, true);
    }

    private static String innermost(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }
}
