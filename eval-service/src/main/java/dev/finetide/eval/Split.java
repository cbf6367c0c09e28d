package dev.finetide.eval;

import dev.finetide.proto.dataset.v1.DatasetVersion;
import java.util.List;
import java.util.OptionalLong;

/// Names and sizes of the splits that an evaluation can ask.
final class Split {
    static final String TRAIN = "train";
    static final String TEST = "test";
    static final String VALIDATION = "validation";

    private Split() {}

    /// Returns the number of rows of a split. Older versions do not tell the size of others than
    /// test; 1 stands for such a split with rows.
    static long rows(DatasetVersion version, String split) {
        if (split.equals(TEST)) {
            return version.getTestRows();
        }
        OptionalLong known = version.getSplitsList().stream()
                .filter(one -> one.getName().equals(split))
                .mapToLong(dev.finetide.proto.dataset.v1.Split::getRows)
                .findFirst();
        boolean present = version.getShardsList().stream()
                .anyMatch(shard -> shard.getPath().startsWith(split + "/"));
        return known.orElse(present ? 1 : 0);
    }

    /// Returns the splits that can be asked: those with rows, except train.
    static List<String> asked(DatasetVersion version) {
        return version.getSplitsList().stream()
                .map(dev.finetide.proto.dataset.v1.Split::getName)
                .filter(name -> !name.equals(TRAIN) && rows(version, name) > 0)
                .toList();
    }
}
