package dev.finetide.kit.attempt;

import dev.finetide.proto.work.v1.WorkError;

/// What has become of an active attempt's worker, without its own word.
public sealed interface Fate {
    /// Working, or not long enough silent to say.
    record Alive() implements Fate {}

    /// Gone; another attempt may do better.
    ///
    /// @param counted against the user's limit of attempts
    record Gone(WorkError why, boolean counted) implements Fate {}

    /// Ended for a reason that a retry cannot cure.
    record Broken(WorkError why) implements Fate {}
}
