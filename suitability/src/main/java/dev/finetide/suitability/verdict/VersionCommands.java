package dev.finetide.suitability.verdict;

/// Commands about one dataset version.
///
/// @param version the version as commands name it: "support@3"
/// @param dataset its dataset: "support"
record VersionCommands(String version, String dataset) {
    /// Reads a resource name: "projects/default/datasets/support/versions/3".
    static VersionCommands of(String resource) {
        String[] parts = resource.split("/", -1);
        return parts.length == 6
                ? new VersionCommands(parts[3] + "@" + parts[5], parts[3])
                : new VersionCommands(resource, resource);
    }

    /// Returns a command that derives the next version of the dataset from this one.
    String derive(String step) {
        return "finetide dataset derive %s --from %s %s".formatted(dataset, version, step);
    }

    /// Returns the command that shows findings of a kind: "contradiction".
    String found(String kind) {
        return "finetide dataset report %s --found %s".formatted(version, kind);
    }

    /// Returns commands that write a file of suggested labels, and derive a version by it.
    String relabel() {
        return "finetide dataset report %s --relabel labels.jsonl && %s"
                .formatted(version, derive("--relabel labels.jsonl"));
    }

    /// Returns the command that compares all paths.
    String advise() {
        return "finetide advise --dataset %s --base BASE".formatted(version);
    }

    String push() {
        return "finetide dataset push %s --train FILE".formatted(dataset);
    }
}
