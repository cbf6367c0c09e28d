package dev.finetide.kit.work;

import com.google.protobuf.Message;
import dev.finetide.kit.name.Page;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Where one kind of work is kept. Two implementations pass one contract test: PostgreSQL ([WorkTable]), and memory for
/// unit tests.
///
/// @param <W> the kind's record
/// @param <U> the kind's update on a watch
public interface WorkStore<W extends Supervised<W, ?>, U extends Message> {
    /// Runs `work`; all or nothing of what it writes, and of the events it publishes, becomes visible.
    <T> T transact(Supplier<T> work);

    void insert(W work);

    Optional<W> find(String name);

    /// Reads the work, and nobody else changes it until the transaction ends.
    Optional<W> lock(String name);

    void update(W work);

    /// Writes only what reports change: attempt, count of updates, and the kind's own columns of reports.
    void updateReport(W work);

    void append(String name, List<U> updates);

    /// Updates after a sequence, in order of sequence.
    List<U> updatesAfter(String name, long sequence, int limit);

    /// All work that holds a worker, oldest first.
    List<ActiveWork> active();

    /// Queued work, locked: highest priority first, then first come first.
    List<W> nextQueued(int limit);

    /// Newest first, one more than the page holds if there are more.
    List<W> list(String project, Page page);
}
