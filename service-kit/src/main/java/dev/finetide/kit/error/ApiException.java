package dev.finetide.kit.error;

import dev.finetide.proto.errors.v1.ErrorReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A refusal that a client may see: a reason from the catalogue, a message for its developer, and the dynamic parts of
/// the message as metadata. Main-path classes and stores throw it; [GrpcErrors] turns it into `google.rpc.Status`.
/// Messages never carry row text, prompts or credentials.
public final class ApiException extends RuntimeException {
    /// The fault of one field of the request.
    public record FieldViolation(String field, String description) {}

    private final ErrorReason reason;
    private final transient Map<String, String> metadata;
    private final transient List<FieldViolation> violations;
    private final transient Optional<Duration> again;

    private ApiException(
            ErrorReason reason, String message, Map<String, String> metadata, List<FieldViolation> violations) {
        this(reason, message, metadata, violations, Optional.empty());
    }

    private ApiException(
            ErrorReason reason,
            String message,
            Map<String, String> metadata,
            List<FieldViolation> violations,
            Optional<Duration> again) {
        super(message);
        this.reason = reason;
        this.metadata = Map.copyOf(metadata);
        this.violations = List.copyOf(violations);
        this.again = again;
    }

    public ErrorReason reason() {
        return reason;
    }

    public Map<String, String> metadata() {
        return metadata;
    }

    public List<FieldViolation> violations() {
        return violations;
    }

    /// Returns the time after which the same call may succeed, where there is a sensible one.
    public Optional<Duration> again() {
        return again;
    }

    /// @param metadata alternating keys and values
    public static ApiException of(ErrorReason reason, String message, String... metadata) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < metadata.length; i += 2) {
            map.put(metadata[i], metadata[i + 1]);
        }
        return new ApiException(reason, message, map, List.of());
    }

    public static ApiException invalidField(String field, String problem) {
        return new ApiException(
                ErrorReason.INVALID_FIELD,
                field + ": " + problem,
                Map.of("field", field),
                List.of(new FieldViolation(field, problem)));
    }

    public static ApiException invalidFields(List<FieldViolation> violations) {
        List<String> lines = new ArrayList<>();
        violations.forEach(violation -> lines.add(violation.field() + ": " + violation.description()));
        // A single field is metadata, too, like every dynamic part of a message.
        Map<String, String> metadata =
                violations.size() == 1 ? Map.of("field", violations.getFirst().field()) : Map.of();
        return new ApiException(ErrorReason.INVALID_FIELD, String.join("; ", lines), metadata, violations);
    }

    public static ApiException invalidRows(String message, List<FieldViolation> rows, long invalidRows, long allowed) {
        return new ApiException(
                ErrorReason.INVALID_ROWS,
                message,
                Map.of("invalid_rows", Long.toString(invalidRows), "allowed", Long.toString(allowed)),
                rows);
    }

    public static ApiException notFound(String resource) {
        return of(ErrorReason.RESOURCE_NOT_FOUND, resource + " does not exist", "resource", resource);
    }

    public static ApiException exists(String resource, String problem) {
        return of(ErrorReason.RESOURCE_EXISTS, resource + " " + problem, "resource", resource);
    }

    public static ApiException illegalState(String resource, String state, String verb) {
        return of(
                ErrorReason.ILLEGAL_STATE,
                "cannot " + verb + " " + resource + ": it is " + state,
                "resource",
                resource,
                "state",
                state,
                "verb",
                verb);
    }

    /// Returns the refusal for a project that uses as much as it may.
    ///
    /// @param limit   field of ProjectLimits
    /// @param project name of the project
    /// @param again   time after which the project may use less
    public static ApiException quotaExceeded(
            String message, String limit, String project, long allowed, long used, Duration again) {
        return new ApiException(
                ErrorReason.QUOTA_EXCEEDED,
                message,
                Map.of(
                        "limit",
                        limit,
                        "project",
                        project,
                        "allowed",
                        Long.toString(allowed),
                        "used",
                        Long.toString(used)),
                List.of(),
                Optional.of(again));
    }

    /// Returns the refusal for a worker that asks for an epoch when its attempt may not write any more.
    ///
    /// @param state   state of the resource
    /// @param attempt the worker's attempt
    /// @param current attempt that was launched last
    public static ApiException staleAttempt(String resource, String state, int attempt, int current) {
        return of(
                ErrorReason.STALE_ATTEMPT,
                "attempt %d of %s may not write: it is %s, attempt %d".formatted(attempt, resource, state, current),
                "resource",
                resource,
                "attempt",
                Integer.toString(attempt),
                "current_attempt",
                Integer.toString(current));
    }

    /// Refuses a stale etag. An empty etag passes without a check.
    public static void checkEtag(String resource, String given, String stored) {
        if (!given.isEmpty() && !given.equals(stored)) {
            throw of(
                    ErrorReason.ETAG_MISMATCH,
                    resource + " has changed since etag " + given + ", it is now " + stored,
                    "resource",
                    resource);
        }
    }
}
