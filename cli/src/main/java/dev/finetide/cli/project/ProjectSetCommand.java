package dev.finetide.cli.project;

import dev.finetide.cli.FieldOptions;
import dev.finetide.cli.client.ServiceOptions;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.project.v1.GetProjectRequest;
import dev.finetide.proto.project.v1.Project;
import dev.finetide.proto.project.v1.UpdateProjectRequest;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "set",
        mixinStandardHelpOptions = true,
        description = {
            "Changes the rules and limits that are given, and leaves the others.",
            "Rules are for admins of the project, limits for admins of all projects."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide project set research --reviewers 2 --no-own-approval",
            "  finetide project set research --max-queued-runs 50",
            "  finetide project set research --reviewers 0 --default-own-approval"
        })
final class ProjectSetCommand implements Callable<Integer>, FieldOptions {
    @Spec
    private CommandSpec command;

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
        if (!options.areGiven()) {
            throw new ParameterException(command.commandLine(), "nothing to set: name a rule or a limit");
        }
        try (Services services = connection.open(output)) {
            GetProjectRequest which =
                    GetProjectRequest.newBuilder().setName(name.name()).build();
            Project before = services.projects().call(stub -> stub.getProject(which));
            UpdateProjectRequest.Builder request =
                    UpdateProjectRequest.newBuilder().setName(before.getName()).setEtag(before.getEtag());
            options.rules(before.getReview()).ifPresent(request::setReview);
            options.limits(before.getLimits()).ifPresent(request::setLimits);
            Project project = services.projects().call(stub -> stub.updateProject(request.build()));
            if (output.isJson()) {
                output.json(project);
            } else {
                output.line("project " + ProjectText.id(project) + " has now: " + ProjectText.rules(project));
            }
        }
        return 0;
    }
}
