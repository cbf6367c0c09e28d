package dev.finetide.suitability.verdict;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Commands about one dataset version.
///
/// @param version the version as commands name it: "support@3"
/// @param dataset its dataset: "support"
/// @param project option that names its project, after a space; empty for the default project
record VersionCommands(String version, String dataset, String project) {
    static final String RELABEL = "--relabel labels.jsonl";

    private static final String DEFAULT = "default";

    /// Reads a resource name: "projects/default/datasets/support/versions/3".
    static VersionCommands of(String resource) {
        String[] parts = resource.split("/", -1);
        return parts.length == 6
                ? new VersionCommands(
                        parts[3] + "@" + parts[5], parts[3], parts[1].equals(DEFAULT) ? "" : " --project " + parts[1])
                : new VersionCommands(resource, resource, "");
    }

    /// Returns a command that derives the next version of the dataset from this one.
    String derive(String step) {
        return beginning() + step;
    }

    private String beginning() {
        return "finetide dataset derive %s --from %s%s ".formatted(dataset, version, project);
    }

    /// Joins the commands that derive a version to one, in the place of the first: each alone would
    /// mend one thing only.
    List<String> joined(Collection<String> commands) {
        List<String> joined = new ArrayList<>();
        int derived = -1;
        for (String command : commands) {
            if (!command.startsWith(beginning())) {
                joined.add(command);
            } else if (derived < 0) {
                derived = joined.size();
                joined.add(command);
            } else {
                joined.set(
                        derived,
                        joined.get(derived) + " "
                                + command.substring(beginning().length()));
            }
        }
        return joined;
    }

    /// Returns the command that shows findings of a kind: "contradiction".
    String found(String kind) {
        return "finetide dataset report %s%s --found %s".formatted(version, project, kind);
    }

    /// Returns the command that writes a file of suggested labels, for somebody to look through.
    String suggestions() {
        return "finetide dataset report %s%s %s".formatted(version, project, RELABEL);
    }

    /// Returns the command that compares all paths.
    String advise() {
        return "finetide advise --dataset %s%s --base BASE".formatted(version, project);
    }

    String push() {
        return "finetide dataset push %s%s FILE".formatted(dataset, project);
    }
}
