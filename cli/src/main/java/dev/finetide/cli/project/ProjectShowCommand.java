package dev.finetide.cli.project;

import dev.finetide.cli.client.ServiceOptions;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.project.v1.GetProjectRequest;
import dev.finetide.proto.project.v1.Project;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "show",
        aliases = "get",
        mixinStandardHelpOptions = true,
        description = "Shows a project: members, rules and limits.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide project show research"})
final class ProjectShowCommand implements Callable<Integer> {
    @Mixin
    private ServiceOptions connection;

    @Mixin
    private CommandOutput output;

    @Mixin
    private ProjectName name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            GetProjectRequest request =
                    GetProjectRequest.newBuilder().setName(name.name()).build();
            Project project = services.projects().call(stub -> stub.getProject(request));
            if (output.isJson()) {
                output.json(project);
            } else {
                ProjectText.print(project, output.out());
            }
        }
        return 0;
    }
}
