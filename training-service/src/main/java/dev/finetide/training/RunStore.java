package dev.finetide.training;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Where runs are kept. Two implementations pass one contract test: PostgreSQL, and memory for unit tests.
interface RunStore {
    /// All or nothing of what `work` writes, and of the events it publishes.
    <T> T transact(Supplier<T> work);

    /// Remembers the answer to a request, unless it has one already: then that one, and this changes nothing.
    Optional<Answered> answer(String requestId, Answered answer);

    Optional<Answered> answered(String requestId);

    void insert(Run run);

    Optional<Run> find(String name);

    /// The run, and nobody else changes it until the transaction ends.
    Optional<Run> lock(String name);

    void update(Run run);

    /// Writes only what reports change: attempt, progress, checkpoint and the count of updates.
    void updateReport(Run run);

    void append(String run, TrainingRunUpdate update);

    /// In order of sequence.
    List<TrainingRunUpdate> updatesAfter(String run, long sequence, int limit);

    /// Runs that hold a worker.
    List<ActiveRun> active();

    /// Locked, highest priority first, then first come first.
    List<Run> nextQueued(int limit);

    /// FineTuneRun → its run, of those that nobody has ended or cancelled.
    Map<String, String> ofFineTuneRuns();

    /// Marks a run whose checkpoints in the blob store are now more than it keeps, until [#supersededDeleted].
    void markSuperseded(String run);

    /// Runs that are marked.
    List<Run> withSuperseded(int limit);

    void supersededDeleted(String run);

    /// Newest first, one more than the page holds if there are more.
    List<Run> list(String project, Page page);
}
