package dev.finetide.kit.work;

import com.google.protobuf.Message;
import dev.finetide.kit.name.Page;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Stores one kind of work. Two implementations pass one contract test: PostgreSQL ([WorkTable]), and memory for unit
/// tests.
///
/// @param <W> the kind's record
/// @param <U> the kind's update on a watch
public interface WorkStore<W extends Supervised<W, ?>, U extends Message> {
    /// Runs `work`. Either all that it writes and all events that it publishes become visible, or nothing.
    <T> T transact(Supplier<T> work);

    void insert(W work);

    Optional<W> find(String name);

    /// Reads the work and locks it: nobody else changes it until the transaction ends.
    Optional<W> lock(String name);

    void update(W work);

    /// Writes only the fields that reports change: attempt, count of updates, and the kind's own columns of reports.
    void updateReport(W work);

    void append(String name, List<U> updates);

    /// Returns updates after a sequence, in order of sequence.
    List<U> updatesAfter(String name, long sequence, int limit);

    /// Returns all work that holds a worker, oldest first.
    List<ActiveWork> active();

    /// Counts a project's work that waits for a worker. Other transactions that count the same project's
    /// work wait until this one ends, so that what it inserts is counted.
    ///
    /// @param project id of the project
    long countWaiting(String project);

    /// Locks and returns queued work: highest priority first, then in the order of requests.
    List<W> nextQueued(int limit);

    /// Returns a page of work, newest first, and one more than the page holds if there are more.
    List<W> list(String project, Page page);
}
