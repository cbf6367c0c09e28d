package dev.finetide.kit.limit;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.project.Projects;
import dev.finetide.proto.project.v1.ProjectLimits;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;

/// Says how much a project may use: its own limit, or else the service's setting. Refuses what would be
/// more. Thread-safe.
@Singleton
public final class Limits {
    private final LimitSettings settings;
    private final Function<String, ProjectLimits> ofProject;

    @Inject
    Limits(LimitSettings settings, Projects projects) {
        this(settings, project -> projects.get(project).getLimits());
    }

    /// @param ofProject returns the own limits of a project by its id
    /// @throws IllegalArgumentException if a setting is below 1
    Limits(LimitSettings settings, Function<String, ProjectLimits> ofProject) {
        Arrays.stream(Limit.values())
                .filter(limit -> limit.setting(settings) < 1)
                .findFirst()
                .ifPresent(limit -> {
                    throw new IllegalArgumentException(
                            "finetide.limits.%s: expected 1 or more, got %d; %d is as good as no limit"
                                    .formatted(
                                            limit.field().replace('_', '-'), limit.setting(settings), Long.MAX_VALUE));
                });
        this.settings = settings;
        this.ofProject = ofProject;
    }

    /// Returns the most that a project may use.
    ///
    /// @param project id of the project: `default`
    public long allowed(Limit limit, String project) {
        long own = limit.own(ofProject.apply(project));
        return own > 0 ? own : limit.setting(settings);
    }

    /// Refuses one more thing where a project has as many as it may have.
    ///
    /// @param project id of the project
    /// @param used    number of things that the project has
    /// @param things  the things in words: "runs that wait"
    /// @throws ApiException QUOTA_EXCEEDED
    public void checkOneMore(Limit limit, String project, long used, String things) {
        long allowed = allowed(limit, project);
        if (used >= allowed) {
            throw refusal(
                    limit,
                    project,
                    used,
                    "has %d %s, and may have %d: try again when there are fewer".formatted(used, things, allowed));
        }
    }

    /// Refuses bytes that a project may not store.
    ///
    /// @param project id of the project
    /// @param used    bytes that the project has stored
    /// @param more    bytes that come; 0 refuses a project that has no byte left
    /// @param things  what the bytes are, in words: "datasets and uploaded files"
    /// @throws ApiException QUOTA_EXCEEDED
    public void checkBytes(Limit limit, String project, long used, long more, String things) {
        long allowed = allowed(limit, project);
        if (Math.max(1, more) > allowed - used) {
            throw refusal(
                    limit,
                    project,
                    used,
                    String.format(
                            Locale.ROOT,
                            "has %,d bytes of %s%s, and may have %,d: try again when something is deleted",
                            used,
                            things,
                            more > 0 ? String.format(Locale.ROOT, ", %,d more would come", more) : "",
                            allowed));
        }
    }

    private ApiException refusal(Limit limit, String project, long used, String what) {
        String name = ResourceType.PROJECT.name(project);
        return ApiException.quotaExceeded(
                name + " " + what, limit.field(), name, allowed(limit, project), used, limit.again());
    }
}
