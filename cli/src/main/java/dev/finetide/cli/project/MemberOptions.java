package dev.finetide.cli.project;

import dev.finetide.proto.project.v1.Member;
import dev.finetide.proto.project.v1.Project;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The project and the caller whose role in it changes.
final class MemberOptions {
    @Mixin
    private ProjectName project;

    @Parameters(index = "1", paramLabel = "CALLER", description = "Name of the caller, as histories have it.")
    private String typed;

    @Option(
            names = "--issuer",
            paramLabel = "ISSUER",
            defaultValue = "",
            description =
                    "Who says that this is the caller: tokens-file, or the URL of an OIDC server; default: yours.")
    private String issuer;

    ProjectName project() {
        return project;
    }

    /// Returns the caller's name; tokens files write "user:" or "service:" before it.
    String subject() {
        return typed.replaceFirst("^(user|service):", "");
    }

    String issuer() {
        return issuer;
    }

    /// Returns the other issuers by whose word a caller of this name is a member; empty if there are
    /// none.
    Optional<String> others(Project project) {
        String issuers = project.getMembersList().stream()
                .filter(member -> member.getSubject().equals(subject()))
                .map(Member::getIssuer)
                .collect(Collectors.joining(", "));
        return Optional.of(issuers).filter(names -> !names.isEmpty());
    }
}
