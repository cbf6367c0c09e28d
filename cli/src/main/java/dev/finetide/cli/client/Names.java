package dev.finetide.cli.client;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;

/// Makes resource names (AIP-122) from typed names: `support-desk@2`, a run's id, or a full resource name.
public record Names(String project) {
    public String parent() {
        return "projects/" + project;
    }

    public String dataset(String typed) {
        return resource(typed, "datasets/");
    }

    /// Reads `NAME`, `NAME@VERSION` or `NAME@TAG`; without a version, the newest one.
    public String datasetVersion(String typed) {
        return version(typed, "datasets/", "latest");
    }

    public String base(String typed) {
        return resource(typed, "bases/");
    }

    public String run(String typed) {
        return resource(typed, "trainingRuns/");
    }

    public String evaluation(String typed) {
        return resource(typed, "evaluations/");
    }

    public String advice(String typed) {
        return resource(typed, "advice/");
    }

    public String model(String typed) {
        return resource(typed, "models/");
    }

    /// @param absent version to take if none is given: "latest" or "approved"
    public String modelVersion(String typed, String absent) {
        return version(typed, "models/", absent);
    }

    /// Reads the name of a version to decide on, which must state the version.
    public String exactModelVersion(String typed) {
        requireVersion(typed, "name the version to decide on", "finetide model list");
        return modelVersion(typed, "");
    }

    /// Reads the name of a version to delete, which must state the version.
    public String exactDatasetVersion(String typed) {
        requireVersion(typed, "name the version to delete", "finetide dataset list " + typed);
        return datasetVersion(typed);
    }

    private static void requireVersion(String typed, String what, String command) {
        if (!typed.contains("@") && !typed.contains("/versions/")) {
            throw new CommandFailedException(ExitCode.USAGE, what + ", as in " + typed + "@1 (see: " + command + ")");
        }
    }

    /// Shortens a resource name: "projects/default/datasets/support-desk/versions/2" becomes "support-desk@2".
    public static String brief(String name) {
        String[] parts = name.split("/", -1);
        return switch (parts.length) {
            case 4 -> parts[3];
            case 6 -> parts[3] + "@" + parts[5];
            default -> name;
        };
    }

    /// Returns what a user types for a resource of one id: the id, or the full name if the project is not the default.
    public static String typed(String name) {
        return name.startsWith("projects/default/") ? brief(name) : name;
    }

    private String resource(String typed, String collection) {
        return typed.startsWith("projects/") ? typed : parent() + "/" + collection + typed;
    }

    private String version(String typed, String collection, String absent) {
        if (typed.startsWith("projects/")) {
            return typed.contains("/versions/") ? typed : typed + "/versions/" + absent;
        }
        int at = typed.lastIndexOf('@');
        String id = at < 0 ? typed : typed.substring(0, at);
        return parent() + "/" + collection + id + "/versions/" + (at < 0 ? absent : typed.substring(at + 1));
    }
}
