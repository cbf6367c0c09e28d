package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import dev.finetide.cli.platform.Platform;
import dev.finetide.cli.platform.Refusals;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.project.v1.Caller;
import dev.finetide.proto.project.v1.CreateProjectRequest;
import dev.finetide.proto.project.v1.GetCallerRequest;
import dev.finetide.proto.project.v1.GetProjectRequest;
import dev.finetide.proto.project.v1.GrantRoleRequest;
import dev.finetide.proto.project.v1.ListProjectsRequest;
import dev.finetide.proto.project.v1.ListProjectsResponse;
import dev.finetide.proto.project.v1.Project;
import dev.finetide.proto.project.v1.ProjectLimits;
import dev.finetide.proto.project.v1.ProjectServiceGrpc.ProjectServiceImplBase;
import dev.finetide.proto.project.v1.ReviewSettings;
import dev.finetide.proto.project.v1.RevokeRoleRequest;
import dev.finetide.proto.project.v1.UpdateProjectRequest;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProjectTest {
    private final List<Message> requests = new CopyOnWriteArrayList<>();
    private final Project research = research();
    private Platform platform;

    private static Project research() {
        Project.Builder project = Project.newBuilder()
                .setName("projects/research")
                .setEtag("7")
                .setCreator("ada")
                .setYourRole(Role.ADMIN)
                .setReview(ReviewSettings.newBuilder().setReviewers(2).setOwnApproval(false))
                .setLimits(ProjectLimits.newBuilder().setQueuedRuns(1_200).setDatasetBytes(500_000_000_000L));
        project.addMembersBuilder().setSubject("ada").setIssuer("tokens-file").setRole(Role.ADMIN);
        project.addMembersBuilder()
                .setSubject("alice")
                .setIssuer("https://login.example.com")
                .setRole(Role.SUBMITTER);
        return project.build();
    }

    @BeforeEach
    void start() {
        platform = new Platform(new Projects());
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    private CliRun run(String... command) {
        return CliRun.against(platform, command);
    }

    @Test
    void aListShowsTheRoleAndTheRules() {
        assertThat(run("project", "list").out().lines())
                .satisfiesExactly(
                        head -> assertThat(head).matches("PROJECT +YOUR ROLE +MEMBERS +RULES +CREATED"),
                        row -> assertThat(row)
                                .startsWith("research")
                                .contains(
                                        "  admin  ",
                                        "  2  ",
                                        "2 reviewers, no own approval, 1,200 queued runs, 500.0 GB of datasets"),
                        row -> assertThat(row).matches("plain +viewer +0 +- +-"));
    }

    @Test
    void aProjectIsShownWithItsMembersAndWhoSaysWhoTheyAre() {
        for (String verb : List.of("show", "get")) {
            assertThat(run("project", verb, "projects/research").out())
                    .contains("alice, submitter  (https://login.example.com)")
                    .contains("ada, admin  (tokens-file)");
        }
    }

    @Test
    void whoamiShowsTheRolesOfTheTokenAndOfTheProjects() {
        assertThat(run("whoami").out())
                .contains("The token is of --token-file or FINETIDE_TOKEN.")
                .contains("Services know you as ada of tokens-file.")
                .contains("Roles: submitter in all projects, viewer in plain, admin in research");
        assertThat(run("whoami", "-o", "json").out())
                .contains("\"subject\":\"ada\"", "{\"project\":\"research\",\"role\":\"ADMIN\"}");
    }

    @Test
    void aProjectIsCreatedWithTheRulesThatAreGiven() {
        CliRun created = run(
                "project",
                "create",
                "research",
                "--max-queued-runs",
                "20",
                "--max-base-bytes",
                "2TiB",
                "--reviewers",
                "2",
                "--own-approval");
        assertThat(created.out()).contains("project research is created, you are its admin");
        CreateProjectRequest request = (CreateProjectRequest) requests.getFirst();
        assertThat(request.getRequestId()).isNotEmpty();
        assertThat(request.toBuilder().clearRequestId().build())
                .isEqualTo(CreateProjectRequest.newBuilder()
                        .setName("projects/research")
                        .setReview(ReviewSettings.newBuilder().setReviewers(2).setOwnApproval(true))
                        .setLimits(ProjectLimits.newBuilder().setQueuedRuns(20).setBaseBytes(2L << 40))
                        .build());
        run("project", "create", "plain");
        CreateProjectRequest plain = (CreateProjectRequest) requests.getLast();
        assertThat(plain.hasReview() || plain.hasLimits()).isFalse();
    }

    @Test
    void settingOneRuleKeepsTheOthersAndSendsTheEtagOfWhatWasRead() {
        assertThat(run("project", "set", "research", "--reviewers", "1").exitCode())
                .isZero();
        assertThat(requests)
                .containsExactly(UpdateProjectRequest.newBuilder()
                        .setName("projects/research")
                        .setEtag("7")
                        .setReview(research.getReview().toBuilder().setReviewers(1))
                        .build());
        run("project", "set", "research", "--max-parallel-uploads", "3", "--own-approval");
        assertThat(requests)
                .last()
                .isEqualTo(UpdateProjectRequest.newBuilder()
                        .setName("projects/research")
                        .setEtag("7")
                        .setReview(research.getReview().toBuilder().setOwnApproval(true))
                        .setLimits(research.getLimits().toBuilder().setParallelUploads(3))
                        .build());
        CliRun nothing = run("project", "set", "research");
        assertThat(nothing.exitCode()).isEqualTo(2);
        assertThat(nothing.err()).contains("nothing to set");
    }

    @Test
    void ownApprovalGoesBackToTheServicesSetting() {
        assertThat(run("project", "set", "research", "--default-own-approval").exitCode())
                .isZero();
        assertThat(requests)
                .containsExactly(UpdateProjectRequest.newBuilder()
                        .setName("projects/research")
                        .setEtag("7")
                        .setReview(research.getReview().toBuilder().clearOwnApproval())
                        .build());
        CliRun both = run("project", "set", "research", "--own-approval", "--default-own-approval");
        assertThat(both.exitCode()).isEqualTo(2);
        assertThat(both.err()).contains("--own-approval", "--default-own-approval", "mutually exclusive");
    }

    @Test
    void whoIsTypedAsTheTokensFileHasItIsTheSameCaller() {
        for (String typed : List.of("alice", "user:alice", "service:alice")) {
            assertThat(run("project", "grant", "research", typed, "--role", "submitter")
                            .out())
                    .contains("alice has the role submitter in research");
            assertThat(requests)
                    .last()
                    .isEqualTo(GrantRoleRequest.newBuilder()
                            .setName("projects/research")
                            .setSubject("alice")
                            .setRole(Role.SUBMITTER)
                            .build());
        }
        run("project", "grant", "research", "alice", "--role", "ADMIN", "--issuer", "https://login.example.com");
        assertThat(requests)
                .last()
                .isEqualTo(GrantRoleRequest.newBuilder()
                        .setName("projects/research")
                        .setSubject("alice")
                        .setIssuer("https://login.example.com")
                        .setRole(Role.ADMIN)
                        .build());
        CliRun wrong = run("project", "grant", "research", "alice", "--role", "owner");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).containsIgnoringCase("viewer, submitter, reviewer, admin");
    }

    @Test
    void aRevocationNamesTheSameCallerOfAnotherIssuer() {
        CliRun revoked = run("project", "revoke", "research", "user:alice");
        assertThat(revoked.out()).contains("project research gives alice no role; a role that a token gives stays");
        assertThat(revoked.err()).contains("alice still has a role as the caller of https://login.example.com");
        assertThat(requests)
                .containsExactly(RevokeRoleRequest.newBuilder()
                        .setName("projects/research")
                        .setSubject("alice")
                        .build());
    }

    @Test
    void aRefusalSaysWhatToDo() {
        CliRun missing = run("project", "grant", "default", "alice", "--role", "viewer");
        assertThat(missing.exitCode()).isEqualTo(3);
        assertThat(missing.err())
                .contains("projects/default does not exist")
                .contains(
                        "You have no role in it (finetide whoami), or nobody has created it (finetide project create).");
        CliRun wrong = run("project", "create", "research", "--reviewers", "3");
        assertThat(wrong.exitCode()).isEqualTo(4);
        assertThat(wrong.err()).contains("--reviewers (review.reviewers)");
    }

    private static <A> void send(A message, StreamObserver<A> answer) {
        answer.onNext(message);
        answer.onCompleted();
    }

    /// Stand-in that has the project research.
    private final class Projects extends ProjectServiceImplBase {
        @Override
        public void getCaller(GetCallerRequest request, StreamObserver<Caller> answer) {
            send(
                    Caller.newBuilder()
                            .setSubject("ada")
                            .setIssuer("tokens-file")
                            .putTokenRoles("*", Role.SUBMITTER)
                            .build(),
                    answer);
        }

        @Override
        public void createProject(CreateProjectRequest request, StreamObserver<Project> answer) {
            requests.add(request);
            if (request.getReview().getReviewers() > 2) {
                answer.onError(Refusals.refusal(
                        Code.INVALID_ARGUMENT,
                        "INVALID_FIELD",
                        "review.reviewers: expected 0 to 2, got 3",
                        "review.reviewers",
                        "expected 0 to 2, got 3"));
                return;
            }
            send(research, answer);
        }

        @Override
        public void getProject(GetProjectRequest request, StreamObserver<Project> answer) {
            send(research, answer);
        }

        @Override
        public void listProjects(ListProjectsRequest request, StreamObserver<ListProjectsResponse> answer) {
            Project plain = Project.newBuilder()
                    .setName("projects/plain")
                    .setYourRole(Role.VIEWER)
                    .build();
            ListProjectsResponse.Builder page = ListProjectsResponse.newBuilder();
            send(
                    request.getPageToken().isEmpty()
                            ? page.addProjects(research)
                                    .setNextPageToken("more")
                                    .build()
                            : page.addProjects(plain).build(),
                    answer);
        }

        @Override
        public void updateProject(UpdateProjectRequest request, StreamObserver<Project> answer) {
            requests.add(request);
            send(research, answer);
        }

        @Override
        public void grantRole(GrantRoleRequest request, StreamObserver<Project> answer) {
            if (!request.getName().equals(research.getName())) {
                answer.onError(Refusals.notFound(request.getName()));
                return;
            }
            requests.add(request);
            send(research, answer);
        }

        @Override
        public void revokeRole(RevokeRoleRequest request, StreamObserver<Project> answer) {
            requests.add(request);
            send(research, answer);
        }
    }
}
