package dev.finetide.cli.project;

import dev.finetide.cli.client.Pages;
import dev.finetide.cli.client.Services;
import dev.finetide.proto.project.v1.ListProjectsRequest;
import dev.finetide.proto.project.v1.ListProjectsResponse;
import dev.finetide.proto.project.v1.Project;
import java.util.stream.Stream;

/// Lists the projects in which the caller has a role.
public final class VisibleProjects {
    private VisibleProjects() {}

    /// Streams the projects by name, page by page.
    public static Stream<Project> of(Services services) {
        return Pages.all(token -> {
            ListProjectsResponse page = services.projects()
                    .call(stub -> stub.listProjects(ListProjectsRequest.newBuilder()
                            .setPageSize(Pages.SIZE)
                            .setPageToken(token)
                            .build()));
            return new Pages.Page<>(page.getProjectsList(), page.getNextPageToken());
        });
    }
}
