package dev.finetide.training;

import dev.finetide.kit.request.Answered;
import dev.finetide.kit.work.WorkStore;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Stores runs. Two implementations pass one contract test: PostgreSQL, and memory for unit tests.
interface RunStore extends WorkStore<Run, TrainingRunUpdate> {
    /// Remembers the answer to a request. If the request has an answer already, returns that one and
    /// changes nothing.
    Optional<Answered> answer(String requestId, Answered answer);

    Optional<Answered> answered(String requestId);

    /// Maps each FineTuneRun to its run, for runs that have not ended and that nobody has cancelled.
    Map<String, String> activeByFineTuneRun();

    /// Writes the tombstone of a run, which no list shows.
    void bury(Run tombstone);

    /// Returns all runs that have not ended.
    List<Run> open();

    /// Returns the runs and tombstones that have these names.
    List<Run> find(Collection<String> names);

    /// Marks a run that has more checkpoints in the blob store than it keeps. The mark stays until
    /// [#supersededDeleted].
    void markSuperseded(String run);

    /// Returns marked runs.
    List<Run> withSuperseded(int limit);

    void supersededDeleted(String run);
}
