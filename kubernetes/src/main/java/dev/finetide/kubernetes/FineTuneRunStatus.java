package dev.finetide.kubernetes;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.training.v1.TrainingRun;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Writes the status of a `FineTuneRun` from its run. The conditions are `Accepted` (False when the service refused the
/// spec, with the service's message) and `Succeeded` (Unknown until the run has ended).
final class FineTuneRunStatus {
    private static final List<String> PROGRESS = List.of("loss", "step");
    private static final String CONDITIONS = "conditions";
    private static final String ACCEPTED = "Accepted";
    private static final String SUCCEEDED = "Succeeded";

    private FineTuneRunStatus() {}

    static Map<String, Object> of(GenericKubernetesResource object, TrainingRun run, Instant now) {
        Map<String, Object> status = begin(object);
        status.put("state", run.getState().name());
        status.put("run", run.getName());
        status.put("attempt", run.getAttempt());
        double loss = run.getProgress().getLoss();
        if (run.getProgress().getStep() > 0) {
            status.put("step", run.getProgress().getStep());
            status.put("totalSteps", run.getProgress().getTotalSteps());
            if (Double.isFinite(loss)) {
                status.put("loss", Math.round(loss * 1e4) / 1e4);
            }
        }
        if (!run.getEvaluation().isEmpty()) {
            status.put("evaluation", run.getEvaluation());
        }
        if (!run.getModelVersion().isEmpty()) {
            status.put("modelVersion", run.getModelVersion());
        }
        String state = run.getState().name();
        Map<String, Object> succeeded = switch (run.getState()) {
            case SUCCEEDED -> condition(object, SUCCEEDED, "True", state, "", now);
            case FAILED ->
                condition(
                        object,
                        SUCCEEDED,
                        "False",
                        run.getError().getReason().name(),
                        run.getError().getMessage(),
                        now);
            case CANCELLED -> condition(object, SUCCEEDED, "False", state, "", now);
            default ->
                condition(object, SUCCEEDED, "Unknown", state, run.getWaiting().getMessage(), now);
        };
        status.put(CONDITIONS, List.of(condition(object, ACCEPTED, "True", "CREATED", run.getName(), now), succeeded));
        return status;
    }

    static Map<String, Object> refused(GenericKubernetesResource object, ApiException refusal, Instant now) {
        Map<String, Object> status = begin(object);
        status.put("state", "REFUSED");
        status.put(
                CONDITIONS,
                List.of(condition(object, ACCEPTED, "False", refusal.reason().name(), refusal.getMessage(), now)));
        return status;
    }

    private static Map<String, Object> begin(GenericKubernetesResource object) {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("observedGeneration", object.getMetadata().getGeneration());
        return status;
    }

    private static Map<String, Object> condition(
            GenericKubernetesResource object, String type, String value, String reason, String message, Instant now) {
        Map<?, ?> before = conditions(object).stream()
                .filter(its -> type.equals(its.get("type")))
                .findFirst()
                .orElse(Map.of());
        Object since = value.equals(before.get("status"))
                ? before.get("lastTransitionTime")
                : now.truncatedTo(ChronoUnit.SECONDS).toString();
        Map<String, Object> condition = new LinkedHashMap<>();
        condition.put("type", type);
        condition.put("status", value);
        condition.put("reason", reason);
        condition.put("message", message);
        condition.put("lastTransitionTime", since);
        return condition;
    }

    /// Tells whether the object's status is complete: the run has ended, and nothing will be added.
    static boolean isFinal(GenericKubernetesResource object) {
        Map<?, ?> status = status(object);
        return switch (String.valueOf(status.get("state"))) {
            case "FAILED", "CANCELLED" -> true;
            case "SUCCEEDED" ->
                isDryRun(object) || status.containsKey("modelVersion") && status.containsKey("evaluation");
            default -> false;
        };
    }

    /// A dry run leads to no evaluation and to no model version.
    private static boolean isDryRun(GenericKubernetesResource object) {
        return Boolean.TRUE.equals(object.get("spec", "config", "dryRun"));
    }

    static boolean differs(GenericKubernetesResource object, Map<String, Object> wanted) {
        return !status(object).entrySet().containsAll(asRead(wanted).entrySet());
    }

    static boolean differOnlyInProgress(GenericKubernetesResource object, Map<String, Object> wanted) {
        Map<Object, Object> before = new LinkedHashMap<>(status(object));
        Map<Object, Object> after = asRead(wanted);
        PROGRESS.forEach(key -> {
            before.remove(key);
            after.remove(key);
        });
        return Objects.equals(before, after);
    }

    /// Converts a status to the number types that an object read from the cluster has.
    private static Map<Object, Object> asRead(Map<String, Object> status) {
        Map<?, ?> read = Serialization.unmarshal(Serialization.asJson(status), Map.class);
        return new LinkedHashMap<>(read);
    }

    private static List<Map<?, ?>> conditions(GenericKubernetesResource object) {
        List<Map<?, ?>> conditions = new ArrayList<>();
        if (status(object).get(CONDITIONS) instanceof List<?> all) {
            all.forEach(one -> conditions.add((Map<?, ?>) one));
        }
        return conditions;
    }

    private static Map<?, ?> status(GenericKubernetesResource object) {
        return object.get("status") instanceof Map<?, ?> status ? status : Map.of();
    }
}
