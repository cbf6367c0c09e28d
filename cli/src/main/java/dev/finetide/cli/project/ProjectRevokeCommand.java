package dev.finetide.cli.project;

import dev.finetide.cli.client.ServiceOptions;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.project.v1.Project;
import dev.finetide.proto.project.v1.RevokeRoleRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "revoke",
        mixinStandardHelpOptions = true,
        description = {
            "Takes a caller's role in a project. All services know it within seconds.",
            "A role that the caller's token gives stays: it is in the tokens file, or with the OIDC server."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide project revoke research alice"})
final class ProjectRevokeCommand implements Callable<Integer> {
    @Mixin
    private ServiceOptions connection;

    @Mixin
    private CommandOutput output;

    @Mixin
    private MemberOptions member;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            RevokeRoleRequest request = RevokeRoleRequest.newBuilder()
                    .setName(member.project().name())
                    .setSubject(member.subject())
                    .setIssuer(member.issuer())
                    .build();
            Project project = services.projects().call(stub -> stub.revokeRole(request));
            if (output.isJson()) {
                output.json(project);
            } else {
                output.line("project " + ProjectText.id(project) + " gives " + member.subject()
                        + " no role; a role that a token gives stays");
                member.others(project)
                        .ifPresent(issuers ->
                                output.note(member.subject() + " still has a role as the caller of " + issuers));
            }
        }
        return 0;
    }
}
