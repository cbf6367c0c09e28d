package dev.finetide.cli.project;

import dev.finetide.cli.client.ServiceOptions;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.project.v1.GrantRoleRequest;
import dev.finetide.proto.project.v1.Project;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "grant",
        mixinStandardHelpOptions = true,
        description = {
            "Gives a caller a role in a project, in place of the one before. All services know it within seconds.",
            "viewer reads; submitter also pushes, trains and evaluates; reviewer also approves; admin also deletes and grants."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide project grant research alice --role submitter",
            "  finetide project grant research alice --role reviewer --issuer https://login.example.com"
        })
final class ProjectGrantCommand implements Callable<Integer> {
    @Mixin
    private ServiceOptions connection;

    @Mixin
    private CommandOutput output;

    @Mixin
    private MemberOptions member;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            required = true,
            description = "viewer, submitter, reviewer or admin.")
    private RoleName role;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            GrantRoleRequest request = GrantRoleRequest.newBuilder()
                    .setName(member.project().name())
                    .setSubject(member.subject())
                    .setIssuer(member.issuer())
                    .setRole(role.role())
                    .build();
            Project project = services.projects().call(stub -> stub.grantRole(request));
            if (output.isJson()) {
                output.json(project);
            } else {
                output.line("%s has the role %s in %s"
                        .formatted(member.subject(), ProjectText.role(role.role()), ProjectText.id(project)));
            }
        }
        return 0;
    }
}
