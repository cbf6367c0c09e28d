package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.RecordingPublisher;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.project.v1.CreateProjectRequest;
import dev.finetide.proto.project.v1.GrantRoleRequest;
import dev.finetide.proto.project.v1.Member;
import dev.finetide.proto.project.v1.Project;
import dev.finetide.proto.project.v1.ProjectLimits;
import dev.finetide.proto.project.v1.ReviewSettings;
import dev.finetide.proto.project.v1.RevokeRoleRequest;
import dev.finetide.proto.project.v1.UpdateProjectRequest;
import io.grpc.Context;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProjectDirectoryIT {
    private static final Database DATABASE = TestSchema.fresh();
    private static final String RESEARCH = "projects/research";
    private static final String OIDC = "https://login.example.com";

    /// Is admin of all projects by token.
    private static final Identity ADA =
            new Identity("ada", "tokens-file", Identity.Kind.USER, Map.of(Identity.ALL_PROJECTS, Role.ADMIN));

    private final RecordingPublisher publisher = new RecordingPublisher();
    private final ManualClock clock = new ManualClock();
    private final PostgresProjectStore store = new PostgresProjectStore(DATABASE);
    private final ProjectDirectory projects = new ProjectDirectory(store, publisher, clock);

    @BeforeEach
    void adaCreatesResearch() {
        DATABASE.with(handle -> handle.execute("delete from projects"));
        projects.create(CreateProjectRequest.newBuilder().setName(RESEARCH).build(), ADA);
    }

    private static Identity user(String subject) {
        return new Identity(subject, "tokens-file", Identity.Kind.USER, Map.of());
    }

    private static GrantRoleRequest.Builder grant(String subject, Role role) {
        return GrantRoleRequest.newBuilder()
                .setName(RESEARCH)
                .setSubject(subject)
                .setRole(role);
    }

    private static RevokeRoleRequest.Builder revoke(String subject) {
        return RevokeRoleRequest.newBuilder().setName(RESEARCH).setSubject(subject);
    }

    private static ErrorReason reason(Callable<?> call) {
        return catchThrowableOfType(ApiException.class, call::call).reason();
    }

    private Project now() {
        return projects.get(RESEARCH, ADA);
    }

    @Test
    void whoCreatesAProjectIsItsAdminByTheOwnIssuer() {
        assertThat(now().getMembersList())
                .containsExactly(Member.newBuilder()
                        .setSubject("ada")
                        .setIssuer("tokens-file")
                        .setRole(Role.ADMIN)
                        .build());
        assertThat(now().getCreator()).isEqualTo("ada");
        assertThat(reason(() -> projects.create(
                        CreateProjectRequest.newBuilder().setName(RESEARCH).build(), ADA)))
                .isEqualTo(ErrorReason.RESOURCE_EXISTS);
        assertThat(publisher.types()).containsExactly("ProjectCreated");
    }

    @Test
    void aRequestIdCreatesOneProjectAndIsNobodyElses() throws Exception {
        CreateProjectRequest request = CreateProjectRequest.newBuilder()
                .setName("projects/once")
                .setRequestId(UUID.randomUUID().toString())
                .setLimits(ProjectLimits.newBuilder().setQueuedRuns(20))
                .build();
        CreateProjectRequest elsewhere =
                request.toBuilder().setName("projects/twice").build();
        Project first = created(request, ADA);
        assertThat(first.getLimits().getQueuedRuns()).isEqualTo(20);
        assertThat(created(request, ADA)).isEqualTo(first);
        assertThat(reason(() -> created(elsewhere, ADA))).isEqualTo(ErrorReason.RESOURCE_EXISTS);
        Identity other = new Identity("eve", "tokens-file", Identity.Kind.USER, ADA.roles());
        assertThat(reason(() -> created(request, other))).isEqualTo(ErrorReason.RESOURCE_EXISTS);
        assertThat(created(elsewhere, other).getCreator()).isEqualTo("eve");
        assertThat(publisher.types()).containsExactly("ProjectCreated", "ProjectCreated", "ProjectCreated");
    }

    private Project created(CreateProjectRequest request, Identity caller) throws Exception {
        return caller.in(Context.current()).call(() -> projects.create(request, caller));
    }

    @Test
    void aGrantReplacesTheRoleAndARevocationTakesIt() {
        projects.grant(grant("alice", Role.VIEWER).build(), ADA);
        projects.grant(grant("alice", Role.REVIEWER).build(), ADA);
        projects.grant(grant("alice", Role.SUBMITTER).setIssuer(OIDC).build(), ADA);
        assertThat(now().getMembersList())
                .extracting(Member::getSubject, Member::getIssuer, Member::getRole)
                .containsExactly(
                        tuple("alice", OIDC, Role.SUBMITTER),
                        tuple("ada", "tokens-file", Role.ADMIN),
                        tuple("alice", "tokens-file", Role.REVIEWER));
        assertThat(projects.get(RESEARCH, user("alice")).getYourRole()).isEqualTo(Role.REVIEWER);
        assertThat(projects.revoke(revoke("alice").build(), ADA).getMembersCount())
                .isEqualTo(2);
        // When nothing changes, nothing is told
        Project before = now();
        int told = publisher.published().size();
        assertThat(projects.revoke(revoke("alice").build(), ADA)).isEqualTo(before);
        assertThat(projects.grant(grant("alice", Role.SUBMITTER).setIssuer(OIDC).build(), ADA))
                .isEqualTo(before);
        assertThat(publisher.published()).hasSize(told);
    }

    @ParameterizedTest
    @CsvSource({
        "user:alice, '', subject",
        "service:eval, tokens-file, subject",
        "'al ice', '', subject",
        "' alice', https://login.example.com, subject",
        "alice, attempt, issuer",
        "alice, login.example.com, issuer",
        "alice, 'https://a b', issuer"
    })
    void aGrantToACallerWhoCannotBeIsRefused(String subject, String issuer, String field) {
        assertThat(catchThrowableOfType(
                                ApiException.class,
                                () -> projects.grant(
                                        grant(subject, Role.VIEWER)
                                                .setIssuer(issuer)
                                                .build(),
                                        ADA))
                        .metadata())
                .containsEntry("field", field);
    }

    @Test
    void aRoleThatThisVersionDoesNotKnowIsRefused() {
        assertThat(reason(() -> projects.grant(
                        grant("alice", Role.VIEWER).setRoleValue(9).build(), ADA)))
                .isEqualTo(ErrorReason.INVALID_FIELD);
    }

    @Test
    void theLastAdminStaysUnlessATokenGivesTheRole() {
        Identity alma = user("alma");
        projects.grant(grant("alma", Role.ADMIN).build(), ADA);
        projects.revoke(revoke("ada").build(), ADA);
        assertThat(reason(() -> projects.revoke(revoke("alma").build(), alma))).isEqualTo(ErrorReason.ILLEGAL_STATE);
        assertThat(reason(() -> projects.grant(grant("alma", Role.VIEWER).build(), alma)))
                .isEqualTo(ErrorReason.ILLEGAL_STATE);
        assertThat(projects.revoke(revoke("alma").build(), ADA).getMembersList())
                .isEmpty();
        assertThat(reason(() -> projects.grant(grant("alma", Role.ADMIN).build(), alma)))
                .as("alma is nobody there now")
                .isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);
    }

    @Test
    void whoIsNotAdminAnyMoreChangesNothing() {
        projects.grant(grant("rita", Role.REVIEWER).build(), ADA);
        assertThat(reason(() -> projects.grant(grant("eve", Role.ADMIN).build(), user("rita"))))
                .isEqualTo(ErrorReason.PERMISSION_DENIED);
        assertThat(reason(() -> projects.update(
                        UpdateProjectRequest.newBuilder().setName(RESEARCH).build(), user("eve"))))
                .isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);
    }

    @Test
    void aProjectHasAThousandMembers() {
        Project.Builder full = now().toBuilder().clearYourRole();
        for (int i = full.getMembersCount(); i < ProjectMembers.MOST; i++) {
            full.addMembersBuilder().setSubject("m" + i).setIssuer(OIDC).setRole(Role.VIEWER);
        }
        store.transact(() -> {
            store.update(full.build());
            return null;
        });
        assertThat(reason(() -> projects.grant(grant("one-more", Role.VIEWER).build(), ADA)))
                .isEqualTo(ErrorReason.ILLEGAL_STATE);
        assertThat(projects.grant(grant("m7", Role.SUBMITTER).setIssuer(OIDC).build(), ADA)
                        .getMembersCount())
                .isEqualTo(ProjectMembers.MOST);
    }

    @Test
    void anUpdateReplacesWhatItNamesAndLeavesTheRest() {
        ReviewSettings two = ReviewSettings.newBuilder()
                .setReviewers(2)
                .setOwnApproval(false)
                .build();
        UpdateProjectRequest.Builder update = UpdateProjectRequest.newBuilder().setName(RESEARCH);
        projects.update(update.setReview(two).build(), ADA);
        ProjectLimits limits = ProjectLimits.newBuilder().setDatasetBytes(7).build();
        projects.update(update.clearReview().setLimits(limits).build(), ADA);
        assertThat(now().getReview()).isEqualTo(two);
        assertThat(now().getLimits()).isEqualTo(limits);
        assertThat(projects.reviewSettings(RESEARCH)).isEqualTo(two);
        assertThat(projects.reviewSettings("projects/nobody-made-it")).isEqualTo(ReviewSettings.getDefaultInstance());
    }

    @Test
    void anAdminOfTheProjectSetsItsRulesAndNotItsLimits() {
        ProjectLimits few = ProjectLimits.newBuilder().setQueuedRuns(20).build();
        UpdateProjectRequest.Builder update =
                UpdateProjectRequest.newBuilder().setName(RESEARCH).setLimits(few);
        projects.update(update.build(), ADA);
        projects.grant(grant("alma", Role.ADMIN).build(), ADA);
        Identity alma = user("alma");
        for (ProjectLimits other : List.of(
                few.toBuilder().setQueuedRuns(0).build(),
                few.toBuilder().setQueuedRuns(21).build(),
                few.toBuilder().setBaseBytes(1L << 60).build(),
                ProjectLimits.getDefaultInstance())) {
            assertThat(reason(() -> projects.update(
                            UpdateProjectRequest.newBuilder()
                                    .setName(RESEARCH)
                                    .setLimits(other)
                                    .setReview(ReviewSettings.newBuilder().setReviewers(2))
                                    .build(),
                            alma)))
                    .isEqualTo(ErrorReason.PERMISSION_DENIED);
        }
        ReviewSettings two = ReviewSettings.newBuilder().setReviewers(2).build();
        Project changed = projects.update(update.setReview(two).build(), alma);
        assertThat(changed.getReview()).isEqualTo(two);
        assertThat(changed.getLimits()).as("the same as before").isEqualTo(few);
    }

    @Test
    void timesOfChangesRiseEvenIfTheClockGoesBack() {
        Project before = now();
        clock.step(Duration.ofDays(-1));
        Project after = projects.grant(grant("alice", Role.VIEWER).build(), ADA);
        assertThat(Timestamps.compare(after.getUpdateTime(), before.getUpdateTime()))
                .isPositive();
    }

    @Test
    void aListHasTheProjectsInWhichTheCallerHasARole() {
        for (String id : List.of("a", "b", "c", "d")) {
            projects.create(
                    CreateProjectRequest.newBuilder().setName("projects/" + id).build(), ADA);
        }
        projects.grant(grant("sam", Role.VIEWER).setName("projects/b").build(), ADA);
        projects.grant(
                grant("sam", Role.VIEWER).setName("projects/c").setIssuer(OIDC).build(), ADA);
        Identity sam = new Identity("sam", "tokens-file", Identity.Kind.USER, Map.of("d", Role.SUBMITTER));
        Page two = new Page(2, Optional.empty());
        assertThat(projects.list(sam, new Page(10, Optional.empty())))
                .extracting(Project::getName, Project::getYourRole)
                .containsExactly(tuple("projects/b", Role.VIEWER), tuple("projects/d", Role.SUBMITTER));
        assertThat(projects.list(user("nobody"), two)).isEmpty();
        assertThat(projects.list(ADA, two))
                .as("one more than the page has")
                .extracting(Project::getName)
                .containsExactly("projects/a", "projects/b", "projects/c");
        assertThat(projects.list(ADA, new Page(2, Optional.of("projects/d"))))
                .extracting(Project::getName)
                .containsExactly(RESEARCH);
    }

    private static <T> List<Future<T>> atOnce(List<Callable<T>> calls) throws InterruptedException {
        try (ExecutorService threads = Executors.newFixedThreadPool(calls.size())) {
            return threads.invokeAll(calls);
        }
    }

    @Test
    void noChangeLosesAnotherOne() throws Exception {
        List<Callable<Project>> grants = IntStream.range(0, 20)
                .<Callable<Project>>mapToObj(i ->
                        () -> projects.grant(grant("m" + i, Role.VIEWER).build(), ADA))
                .toList();
        for (Future<Project> granted : atOnce(grants)) {
            granted.get();
        }
        assertThat(now().getMembersCount()).isEqualTo(21);
        assertThat(publisher.published()).hasSize(21);
    }

    @Test
    void ofTwoChangesOfOneEtagOneWinsAndTheOtherIsTold() throws Exception {
        String etag = now().getEtag();
        List<Callable<ErrorReason>> changes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            GrantRoleRequest request = grant("m" + i, Role.VIEWER).setEtag(etag).build();
            changes.add(() -> {
                try {
                    projects.grant(request, ADA);
                    return ErrorReason.ERROR_REASON_UNSPECIFIED;
                } catch (ApiException refusal) {
                    return refusal.reason();
                }
            });
        }
        List<ErrorReason> answers = new ArrayList<>();
        for (Future<ErrorReason> answer : atOnce(changes)) {
            answers.add(answer.get());
        }
        assertThat(answers)
                .containsOnlyOnce(ErrorReason.ERROR_REASON_UNSPECIFIED)
                .filteredOn(answer -> answer != ErrorReason.ERROR_REASON_UNSPECIFIED)
                .hasSize(7)
                .containsOnly(ErrorReason.ETAG_MISMATCH);
        assertThat(now().getMembersCount()).isEqualTo(2);
    }

    @Test
    void twoAdminsWhoRevokeEachOtherLeaveOne() throws Exception {
        projects.grant(grant("alma", Role.ADMIN).build(), ADA);
        projects.grant(grant("bert", Role.ADMIN).build(), ADA);
        projects.revoke(revoke("ada").build(), ADA);
        List<Future<Project>> ends = atOnce(List.of(
                () -> projects.revoke(revoke("bert").build(), user("alma")),
                () -> projects.revoke(revoke("alma").build(), user("bert"))));
        assertThat(ends.stream().filter(end -> end.state() == Future.State.SUCCESS))
                .hasSize(1);
        assertThat(now().getMembersList()).hasSize(1);
    }
}
