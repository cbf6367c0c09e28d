package dev.finetide.cli.project;

import dev.finetide.cli.FieldOptions;
import dev.finetide.cli.client.ServiceOptions;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.project.v1.CreateProjectRequest;
import dev.finetide.proto.project.v1.Project;
import dev.finetide.proto.project.v1.ProjectLimits;
import dev.finetide.proto.project.v1.ReviewSettings;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "create",
        mixinStandardHelpOptions = true,
        description = "Creates a project, with you as its admin. For admins of all projects.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide project create research",
            "  finetide project create research --reviewers 2 --max-queued-runs 20 --max-dataset-bytes 500GB"
        })
final class ProjectCreateCommand implements Callable<Integer>, FieldOptions {
    @Mixin
    private ServiceOptions connection;

    @Mixin
    private CommandOutput output;

    @Mixin
    private ProjectName name;

    @Mixin
    private ProjectOptions options;

    @Override
    public Map<String, String> optionByField() {
        return ProjectOptions.optionByField();
    }

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            CreateProjectRequest.Builder request = CreateProjectRequest.newBuilder()
                    .setName(name.name())
                    .setRequestId(UUID.randomUUID().toString());
            options.rules(ReviewSettings.getDefaultInstance()).ifPresent(request::setReview);
            options.limits(ProjectLimits.getDefaultInstance()).ifPresent(request::setLimits);
            Project project = services.projects().call(stub -> stub.createProject(request.build()));
            if (output.isJson()) {
                output.json(project);
            } else {
                output.line("project " + ProjectText.id(project) + " is created, you are its admin");
            }
        }
        return 0;
    }
}
