package dev.finetide.registry;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestId;
import dev.finetide.proto.project.v1.CreateProjectRequest;
import dev.finetide.proto.project.v1.GrantRoleRequest;
import dev.finetide.proto.project.v1.Member;
import dev.finetide.proto.project.v1.Project;
import dev.finetide.proto.project.v1.ProjectEvent;
import dev.finetide.proto.project.v1.ReviewSettings;
import dev.finetide.proto.project.v1.RevokeRoleRequest;
import dev.finetide.proto.project.v1.UpdateProjectRequest;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jboss.logging.Logger;

/// Owns the projects: their members, rules and limits. Each change and its event are one transaction,
/// in which the project is locked, so that no change loses another one. The caller's right is checked
/// there once more, because the service's copy, which let the call in, may not know yet that it was
/// revoked. Thread-safe.
public final class ProjectDirectory {
    private static final Logger LOG = Logger.getLogger(ProjectDirectory.class);

    private final PostgresProjectStore store;
    private final EventPublisher publisher;
    private final Clock clock;

    ProjectDirectory(PostgresProjectStore store, EventPublisher publisher, Clock clock) {
        this.store = store;
        this.publisher = publisher;
        this.clock = clock;
    }

    /// Creates a project, and makes the caller its admin.
    ///
    /// @throws ApiException RESOURCE_EXISTS if the name is taken, or the request_id was another
    ///     request's or another caller's
    Project create(CreateProjectRequest request, Identity caller) {
        String name = ResourceType.PROJECT.check("name", request.getName());
        RequestId.check(request.getRequestId());
        Project.Builder project = Project.newBuilder()
                .setName(name)
                .setCreator(caller.subject())
                .addMembers(ProjectMembers.creator(caller));
        if (request.hasReview()) {
            project.setReview(request.getReview());
        }
        if (request.hasLimits()) {
            project.setLimits(request.getLimits());
        }
        Timestamp now = Timestamps.fromMillis(clock.millis());
        Project first =
                project.setCreateTime(now).setUpdateTime(now).setEtag("1").build();
        return store.transact(() ->
                answered(request).map(made -> seenBy(caller, find(made))).orElseGet(() -> seenBy(caller, add(first))));
    }

    /// Returns the project that this request has made already.
    private Optional<String> answered(CreateProjectRequest request) {
        if (request.getRequestId().isEmpty()) {
            return Optional.empty();
        }
        String body = RequestId.digest(request);
        return store.answer(request.getRequestId(), new Answered(body, request.getName()))
                .map(answer -> {
                    answer.check(body, request.getName());
                    return answer.resource();
                });
    }

    private Project add(Project project) {
        if (!store.add(project)) {
            throw ApiException.exists(project.getName(), "exists already");
        }
        ProjectEvent.Builder event = ProjectEvent.newBuilder();
        event.getProjectCreatedBuilder().setProject(project);
        announce(project, event.build());
        return project;
    }

    Project get(String name, Identity caller) {
        return seenBy(caller, find(ResourceType.PROJECT.check("name", name)));
    }

    /// Lists the projects in which a caller has a role, by name, with one more than the page's size if
    /// there are more.
    List<Project> list(Identity caller, Page page) {
        return store.list(caller, page).stream()
                .map(project -> seenBy(caller, project))
                .toList();
    }

    /// Returns the review rules of a project; none if nobody has created it.
    ///
    /// @param name name of the project
    ReviewSettings reviewSettings(String name) {
        return store.find(name).map(Project::getReview).orElse(ReviewSettings.getDefaultInstance());
    }

    /// Replaces the rules or the limits of a project. Limits are kept for others, so a project's
    /// own admin does not change them.
    ///
    /// @throws ApiException RESOURCE_NOT_FOUND, ETAG_MISMATCH, PERMISSION_DENIED for other limits
    ///     if the caller is not admin of all projects
    Project update(UpdateProjectRequest request, Identity caller) {
        return change(request.getName(), request.getEtag(), caller, project -> {
            if (request.hasReview()) {
                project.setReview(request.getReview());
            }
            if (request.hasLimits() && !request.getLimits().equals(project.getLimits())) {
                ProjectMembers.requireAdminOfAll(caller, "limits");
                project.setLimits(request.getLimits());
            }
            return project;
        });
    }

    /// Gives a caller a role, in place of the one before.
    ///
    /// @throws ApiException RESOURCE_NOT_FOUND, ETAG_MISMATCH, INVALID_FIELD if the request names
    ///     nobody, ILLEGAL_STATE if the project has too many members or would be without an admin
    Project grant(GrantRoleRequest request, Identity caller) {
        Member member = ProjectMembers.granted(request.getSubject(), request.getIssuer(), request.getRole(), caller);
        return changeMembers(
                request.getName(), request.getEtag(), caller, project -> ProjectMembers.with(member, project));
    }

    /// Takes a caller's role; who has none stays without.
    ///
    /// @throws ApiException RESOURCE_NOT_FOUND, ETAG_MISMATCH, ILLEGAL_STATE if the project would be
    ///     without an admin
    Project revoke(RevokeRoleRequest request, Identity caller) {
        String issuer = ProjectMembers.issuerOf(request.getIssuer(), caller);
        return changeMembers(
                request.getName(),
                request.getEtag(),
                caller,
                project -> ProjectMembers.without(request.getSubject(), issuer, project));
    }

    private Project changeMembers(String name, String etag, Identity caller, Function<Project, List<Member>> change) {
        return change(name, etag, caller, builder -> {
            Project before = builder.build();
            List<Member> members = change.apply(before);
            if (!members.equals(before.getMembersList())) {
                ProjectMembers.requireAdminAmong(members, before, caller, id(name));
            }
            return builder.clearMembers().addAllMembers(members);
        });
    }

    private Project change(String name, String etag, Identity caller, UnaryOperator<Project.Builder> change) {
        ResourceType.PROJECT.check("name", name);
        return store.transact(() -> {
            Project before = store.lock(name).orElseThrow(() -> ApiException.notFound(name));
            ProjectMembers.requireAdmin(caller, before, id(name));
            ApiException.checkEtag(name, etag, before.getEtag());
            Project.Builder after = change.apply(before.toBuilder());
            return seenBy(caller, after.build().equals(before) ? before : save(before, after));
        });
    }

    private Project save(Project before, Project.Builder after) {
        Project saved = after.setUpdateTime(later(before.getUpdateTime()))
                .setEtag(Integer.toString(Integer.parseInt(before.getEtag()) + 1))
                .build();
        store.update(saved);
        ProjectEvent.Builder event = ProjectEvent.newBuilder();
        event.getProjectChangedBuilder().setProject(saved);
        announce(saved, event.build());
        return saved;
    }

    /// Returns the present time, or, if the clock went back, a time just after the last change: copies
    /// take no older state.
    private Timestamp later(Timestamp last) {
        Timestamp now = Timestamps.fromMillis(clock.millis());
        Timestamp next = Timestamps.add(last, Durations.fromMillis(1));
        return Timestamps.compare(now, next) < 0 ? next : now;
    }

    private void announce(Project project, ProjectEvent event) {
        publisher.publish(Topics.PROJECT, project.getName(), event);
        LOG.infof(
                "project changed project=%s members=%d etag=%s",
                project.getName(), project.getMembersCount(), project.getEtag());
    }

    private Project find(String name) {
        return store.find(name).orElseThrow(() -> ApiException.notFound(name));
    }

    private static Project seenBy(Identity caller, Project project) {
        return project.toBuilder()
                .setYourRole(ProjectMembers.roleOf(caller, project, id(project.getName())))
                .build();
    }

    private static String id(String name) {
        return ResourceType.PROJECT.ids("name", name).getFirst();
    }
}
