package dev.finetide.cli.project;

import dev.finetide.cli.client.ServiceOptions;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the projects in which you have a role, by name.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide project list", "  finetide project list -o json | jq -r .name"})
final class ProjectListCommand implements Callable<Integer> {
    @Mixin
    private ServiceOptions connection;

    @Mixin
    private CommandOutput output;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            output.list(
                    VisibleProjects.of(services),
                    List.of("PROJECT", "YOUR ROLE", "MEMBERS", "RULES", "CREATED"),
                    project -> List.of(
                            ProjectText.id(project),
                            ProjectText.role(project.getYourRole()),
                            project.getMembersCount(),
                            ProjectText.rules(project),
                            Formats.time(project.getCreateTime())));
        }
        return 0;
    }
}
