package dev.finetide.training;

import dev.finetide.kit.request.Answered;
import dev.finetide.kit.work.WorkStore;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where runs are kept. Two implementations pass one contract test: PostgreSQL, and memory for unit tests.
interface RunStore extends WorkStore<Run, TrainingRunUpdate> {
    /// Remembers the answer to a request, unless it has one already: then that one, and this changes nothing.
    Optional<Answered> answer(String requestId, Answered answer);

    Optional<Answered> answered(String requestId);

    /// FineTuneRun → its run, of those that nobody has ended or cancelled.
    Map<String, String> activeByFineTuneRun();

    /// Marks a run whose checkpoints in the blob store are now more than it keeps, until [#supersededDeleted].
    void markSuperseded(String run);

    /// Runs that are marked.
    List<Run> withSuperseded(int limit);

    void supersededDeleted(String run);
}
