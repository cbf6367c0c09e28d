package dev.finetide.registry;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.project.v1.Member;
import dev.finetide.proto.project.v1.Project;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Says who the members of a project are after a grant or a revocation.
final class ProjectMembers {
    static final int MOST = 1_000;

    private static final String TOKENS_FILE = "tokens-file";
    private static final Pattern TOKENS_FILE_SUBJECT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,99}");
    private static final Pattern URL = Pattern.compile("https?://\\S+");
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}]|^\\s|\\s$");
    private static final Comparator<Member> ORDER =
            Comparator.comparing(Member::getIssuer).thenComparing(Member::getSubject);

    private ProjectMembers() {}

    /// Returns the caller whom a grant names.
    ///
    /// @param issuer issuer of the named caller; the granting caller's own when empty
    /// @throws ApiException INVALID_FIELD if no token could ever be that caller's
    static Member granted(String subject, String issuer, Role role, Identity by) {
        if (role == Role.UNRECOGNIZED || role == Role.ROLE_UNSPECIFIED) {
            throw ApiException.invalidField("role", "expected VIEWER, SUBMITTER, REVIEWER or ADMIN");
        }
        String named = issuerOf(issuer, by);
        if (!named.equals(by.issuer())
                && !named.equals(TOKENS_FILE)
                && !URL.matcher(named).matches()) {
            throw ApiException.invalidField(
                    "issuer",
                    "expected " + TOKENS_FILE + " or the URL of an OIDC server, got \"" + Printable.of(named) + "\"");
        }
        boolean fits = named.equals(TOKENS_FILE)
                ? TOKENS_FILE_SUBJECT.matcher(subject).matches()
                : !UNPRINTABLE.matcher(subject).find();
        if (!fits) {
            throw ApiException.invalidField(
                    "subject",
                    "expected the caller's name, without user: or service:, got \"" + Printable.of(subject) + "\"");
        }
        return member(subject, named, role);
    }

    /// Returns the issuer that a request means.
    static String issuerOf(String issuer, Identity by) {
        return issuer.isEmpty() ? by.issuer() : issuer;
    }

    /// Returns the member that a caller becomes who creates a project.
    static Member creator(Identity caller) {
        return member(caller.subject(), caller.issuer(), Role.ADMIN);
    }

    private static Member member(String subject, String issuer, Role role) {
        return Member.newBuilder()
                .setSubject(subject)
                .setIssuer(issuer)
                .setRole(role)
                .build();
    }

    /// Returns the members after one was added, or has another role, by issuer and subject.
    ///
    /// @throws ApiException ILLEGAL_STATE if the project has as many as it may have
    static List<Member> with(Member added, Project project) {
        List<Member> members = new ArrayList<>(without(added.getSubject(), added.getIssuer(), project));
        if (members.size() >= MOST) {
            throw illegalState(
                    project,
                    "members=" + members.size(),
                    "grant",
                    "%s has %,d members, and no more are possible".formatted(project.getName(), members.size()));
        }
        members.add(added);
        members.sort(ORDER);
        return members;
    }

    static List<Member> without(String subject, String issuer, Project project) {
        return project.getMembersList().stream()
                .filter(member -> !is(member, subject, issuer))
                .toList();
    }

    /// Checks that a caller may change a project.
    ///
    /// @param id id of the project
    /// @throws ApiException RESOURCE_NOT_FOUND if the caller has no role there, PERMISSION_DENIED if
    ///     not that of an admin
    static void requireAdmin(Identity caller, Project project, String id) {
        Role has = roleOf(caller, project, id);
        if (has == Role.ROLE_UNSPECIFIED) {
            throw ApiException.notFound(project.getName());
        }
        if (has != Role.ADMIN) {
            String word = has.name().toLowerCase(Locale.ROOT);
            throw ApiException.of(
                    ErrorReason.PERMISSION_DENIED,
                    caller.subject() + " needs the role admin in " + project.getName() + " and has " + word,
                    "needs",
                    "admin",
                    "has",
                    word,
                    "project",
                    id);
        }
    }

    /// Checks that a caller may change what a project's own admin may not.
    ///
    /// @throws ApiException PERMISSION_DENIED if the caller is not admin of all projects
    static void requireAdminOfAll(Identity caller, String field) {
        if (caller.role(Identity.ALL_PROJECTS) != Role.ADMIN) {
            throw ApiException.of(
                    ErrorReason.PERMISSION_DENIED,
                    field + ": " + caller.subject() + " needs the role admin in all projects",
                    "needs",
                    "admin",
                    "project",
                    Identity.ALL_PROJECTS);
        }
    }

    /// Checks that somebody can still manage a project: a member, or the caller by a token.
    ///
    /// @param members members after the change
    /// @throws ApiException ILLEGAL_STATE if nobody could
    static void requireAdminAmong(List<Member> members, Project project, Identity by, String id) {
        boolean remains = members.stream().anyMatch(member -> member.getRole() == Role.ADMIN);
        if (!remains && by.role(id).getNumber() < Role.ADMIN.getNumber()) {
            throw illegalState(
                    project,
                    "admins=1",
                    "revoke",
                    project.getName() + " would be without an admin: grant the role to another caller first");
        }
    }

    private static ApiException illegalState(Project project, String state, String verb, String message) {
        return ApiException.of(
                ErrorReason.ILLEGAL_STATE, message, "resource", project.getName(), "state", state, "verb", verb);
    }

    /// Returns the higher one of the role that a caller's token gives and of the member's.
    ///
    /// @param id id of the project
    static Role roleOf(Identity caller, Project project, String id) {
        Role token = caller.role(id);
        return project.getMembersList().stream()
                .filter(member -> is(member, caller.subject(), caller.issuer()))
                .map(Member::getRole)
                .filter(granted -> granted.getNumber() > token.getNumber())
                .findFirst()
                .orElse(token);
    }

    private static boolean is(Member member, String subject, String issuer) {
        return member.getSubject().equals(subject) && member.getIssuer().equals(issuer);
    }
}
