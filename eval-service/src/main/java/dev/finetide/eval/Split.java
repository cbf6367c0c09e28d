package dev.finetide.eval;

import dev.finetide.proto.dataset.v1.DatasetVersion;

/// Names and sizes of the splits that an evaluation can ask.
final class Split {
    static final String TEST = "test";
    static final String VALIDATION = "validation";

    private Split() {}

    /// Returns the number of rows of a split. The size of a validation split is not known; 1 stands for a split with
    /// rows.
    static long rows(DatasetVersion version, String split) {
        if (split.equals(TEST)) {
            return version.getTestRows();
        }
        boolean present = version.getShardsList().stream()
                .anyMatch(shard -> shard.getPath().startsWith(split + "/"));
        return present ? 1 : 0;
    }
}
