package dev.finetide.dataset.shard;

import dev.finetide.proto.dataset.v1.OverlapAction;

/// Says which rows of the train split are held out, and what is done about inputs that are in two splits.
///
/// @param testFraction fraction of the train rows that become the test split, by the hash of their group
/// @param validationFraction fraction of the train rows that become the validation split
public record SplitPlan(double testFraction, double validationFraction, OverlapAction overlap) {
    /// Leaves every row in the split that it has.
    public static final SplitPlan NONE = new SplitPlan(0, 0, OverlapAction.KEEP_OVERLAP);

    boolean holdsOut() {
        return testFraction > 0 || validationFraction > 0;
    }

    /// Returns the split of a group's rows by the group's hash alone, so that a group has the same split in every
    /// upload.
    SplitName of(long group) {
        double position = (group >>> 11) * 0x1p-53; // the hash's upper bits as a number in [0, 1)
        if (position < testFraction) {
            return SplitName.TEST;
        }
        return position < testFraction + validationFraction ? SplitName.VALIDATION : SplitName.TRAIN;
    }
}
