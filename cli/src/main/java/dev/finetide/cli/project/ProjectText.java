package dev.finetide.cli.project;

import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.project.v1.Project;
import dev.finetide.proto.project.v1.ProjectLimits;
import dev.finetide.proto.project.v1.ReviewSettings;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Prints a project for people.
public final class ProjectText {
    private ProjectText() {}

    /// Returns what a user types for a project: `research`.
    public static String id(Project project) {
        return project.getName().replaceFirst("^projects/", "");
    }

    /// Returns the word for a role; - for none.
    public static String role(Role role) {
        return role == Role.ROLE_UNSPECIFIED || role == Role.UNRECOGNIZED
                ? "-"
                : role.name().toLowerCase(Locale.ROOT);
    }

    /// Returns the rules and limits that a project has of its own, in one line.
    static String rules(Project project) {
        ReviewSettings review = project.getReview();
        ProjectLimits limits = project.getLimits();
        List<String> rules = new ArrayList<>();
        if (review.getReviewers() > 0) {
            rules.add(reviewers(review));
        }
        if (review.hasOwnApproval()) {
            rules.add(review.getOwnApproval() ? "own approval" : "no own approval");
        }
        addCount(rules, limits.getQueuedRuns(), "queued runs");
        addCount(rules, limits.getParallelUploads(), "uploads");
        addCount(rules, limits.getParallelStreams(), "streams");
        addBytes(rules, limits.getDatasetBytes(), "datasets");
        addBytes(rules, limits.getBaseBytes(), "bases");
        return rules.isEmpty() ? "-" : String.join(", ", rules);
    }

    private static String reviewers(ReviewSettings review) {
        return review.getReviewers() == 1 ? "1 reviewer" : review.getReviewers() + " reviewers";
    }

    private static void addCount(List<String> rules, int limit, String what) {
        if (limit > 0) {
            rules.add(Formats.count(limit) + " " + what);
        }
    }

    private static void addBytes(List<String> rules, long limit, String what) {
        if (limit > 0) {
            rules.add(Formats.bytes(limit) + " of " + what);
        }
    }

    static void print(Project project, PrintWriter out) {
        Table table = new Table()
                .row("project", id(project))
                .row("your role", role(project.getYourRole()))
                .row("created", Formats.time(project.getCreateTime()) + " by " + Formats.orDash(project.getCreator()))
                .row("changed", Formats.time(project.getUpdateTime()))
                .row("rules", rules(project).equals("-") ? "the settings of the services" : rules(project));
        project.getMembersList()
                .forEach(member -> table.row(
                        "member",
                        member.getSubject() + ", " + role(member.getRole()) + "  (" + member.getIssuer() + ")"));
        table.print(out);
    }
}
