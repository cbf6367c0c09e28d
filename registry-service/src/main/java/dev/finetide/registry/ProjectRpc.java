package dev.finetide.registry;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.rpc.RpcFunnel;
import dev.finetide.proto.project.v1.Caller;
import dev.finetide.proto.project.v1.CreateProjectRequest;
import dev.finetide.proto.project.v1.GetCallerRequest;
import dev.finetide.proto.project.v1.GetProjectRequest;
import dev.finetide.proto.project.v1.GrantRoleRequest;
import dev.finetide.proto.project.v1.ListProjectsRequest;
import dev.finetide.proto.project.v1.ListProjectsResponse;
import dev.finetide.proto.project.v1.Project;
import dev.finetide.proto.project.v1.ProjectServiceGrpc;
import dev.finetide.proto.project.v1.RevokeRoleRequest;
import dev.finetide.proto.project.v1.UpdateProjectRequest;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;

/// Serves ProjectService over gRPC.
@GrpcService
public class ProjectRpc extends ProjectServiceGrpc.ProjectServiceImplBase {
    private final RpcFunnel rpc;
    private final ProjectDirectory projects;

    ProjectRpc(RpcFunnel rpc, ProjectDirectory projects) {
        this.rpc = rpc;
        this.projects = projects;
    }

    @Override
    @Blocking
    public void getCaller(GetCallerRequest request, StreamObserver<Caller> observer) {
        rpc.unary(
                request,
                observer,
                () -> Caller.newBuilder()
                        .setSubject(caller().subject())
                        .setIssuer(caller().issuer())
                        .putAllTokenRoles(caller().roles())
                        .build());
    }

    @Override
    @Blocking
    public void createProject(CreateProjectRequest request, StreamObserver<Project> observer) {
        rpc.unary(request, observer, () -> projects.create(request, caller()));
    }

    @Override
    @Blocking
    public void getProject(GetProjectRequest request, StreamObserver<Project> observer) {
        rpc.unary(request, observer, () -> projects.get(request.getName(), caller()));
    }

    @Override
    @Blocking
    public void listProjects(ListProjectsRequest request, StreamObserver<ListProjectsResponse> observer) {
        rpc.unary(request, observer, () -> {
            Page page = Page.of(request.getPageSize(), request.getPageToken());
            Page.Rows<Project> found = page.fit(projects.list(caller(), page), Project::getSerializedSize);
            return ListProjectsResponse.newBuilder()
                    .addAllProjects(found.shown())
                    .setNextPageToken(found.nextToken(Project::getName))
                    .build();
        });
    }

    @Override
    @Blocking
    public void updateProject(UpdateProjectRequest request, StreamObserver<Project> observer) {
        rpc.unary(request, observer, () -> projects.update(request, caller()));
    }

    @Override
    @Blocking
    public void grantRole(GrantRoleRequest request, StreamObserver<Project> observer) {
        rpc.unary(request, observer, () -> projects.grant(request, caller()));
    }

    @Override
    @Blocking
    public void revokeRole(RevokeRoleRequest request, StreamObserver<Project> observer) {
        rpc.unary(request, observer, () -> projects.revoke(request, caller()));
    }

    private static Identity caller() {
        return Identity.current().orElseThrow(() -> new IllegalStateException("the call has no caller"));
    }
}
