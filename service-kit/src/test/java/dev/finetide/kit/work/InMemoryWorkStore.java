package dev.finetide.kit.work;

import com.google.protobuf.Message;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/// Stores work in memory. Runs one transaction at a time, and undoes it when it throws.
public class InMemoryWorkStore<W extends Supervised<W, ?>, U extends Message> implements WorkStore<W, U> {
    private record Update<U>(String name, U update) {}

    private final ResourceType type;
    private final ToLongFunction<U> sequence;
    private Map<String, W> works = new LinkedHashMap<>();
    private List<Update<U>> updates = new ArrayList<>();
    private boolean inTransaction;

    public InMemoryWorkStore(ResourceType type, ToLongFunction<U> sequence) {
        this.type = type;
        this.sequence = sequence;
    }

    /// Remembers what a kind keeps in addition to its work.
    ///
    /// @return an action that restores it
    protected Runnable snapshot() {
        return () -> {};
    }

    /// Returns the work's priority; higher comes first.
    protected int priority(W work) {
        return 0;
    }

    protected final List<W> all() {
        return List.copyOf(works.values());
    }

    @Override
    public final synchronized <T> T transact(Supplier<T> work) {
        if (inTransaction) {
            return work.get();
        }
        Map<String, W> worksBefore = new LinkedHashMap<>(works);
        List<Update<U>> updatesBefore = new ArrayList<>(updates);
        Runnable undo = snapshot();
        inTransaction = true;
        try {
            return work.get();
        } catch (RuntimeException failure) {
            works = worksBefore;
            updates = updatesBefore;
            undo.run();
            throw failure;
        } finally {
            inTransaction = false;
        }
    }

    @Override
    public final synchronized void insert(W work) {
        if (works.putIfAbsent(work.name(), work) != null) {
            throw new IllegalStateException(work.name() + " is there already");
        }
    }

    @Override
    public final synchronized Optional<W> find(String name) {
        return Optional.ofNullable(works.get(name));
    }

    @Override
    public final Optional<W> lock(String name) {
        return find(name);
    }

    @Override
    public final synchronized void update(W work) {
        works.replace(work.name(), work);
    }

    @Override
    public final void updateReport(W work) {
        update(work);
    }

    @Override
    public final synchronized void append(String name, List<U> more) {
        for (U update : more) {
            long number = sequence.applyAsLong(update);
            if (updatesAfter(name, number - 1, 1).stream().anyMatch(there -> sequence.applyAsLong(there) == number)) {
                throw new IllegalStateException(name + " has update " + number + " already");
            }
            updates.add(new Update<>(name, update));
        }
    }

    @Override
    public final synchronized List<U> updatesAfter(String name, long after, int limit) {
        return updates.stream()
                .filter(update -> update.name().equals(name))
                .map(Update::update)
                .filter(update -> sequence.applyAsLong(update) > after)
                .sorted(Comparator.comparingLong(sequence))
                .limit(limit)
                .toList();
    }

    @Override
    public final synchronized List<ActiveWork> active() {
        return works.values().stream()
                .map(ActiveWork::of)
                .flatMap(Optional::stream)
                .toList();
    }

    @Override
    public final synchronized List<W> nextQueued(int limit) {
        Comparator<W> highestFirst = Comparator.comparing((W work) -> -priority(work));
        return works.values().stream()
                .filter(work -> work.state() instanceof WorkState.Queued)
                .sorted(highestFirst
                        .thenComparing(work -> work.work().createTime())
                        .thenComparing(Supervised::name))
                .limit(limit)
                .toList();
    }

    @Override
    public final synchronized long countWaiting(String project) {
        return works.values().stream()
                .filter(work -> ids(work).getFirst().equals(project))
                .filter(work -> work.state() instanceof WorkState.Queued || work.state() instanceof WorkState.Held)
                .count();
    }

    @Override
    public final synchronized List<W> list(String project, Page page) {
        Comparator<W> byName = Comparator.comparing(Supervised::name);
        return works.values().stream()
                .filter(work -> ids(work).getFirst().equals(project) && isListed(work))
                .filter(work -> page.after()
                        .map(after -> ids(work).get(1).compareTo(after) < 0)
                        .orElse(true))
                .sorted(byName.reversed())
                .limit(page.size() + 1L)
                .toList();
    }

    /// Returns whether lists show this work.
    protected boolean isListed(W work) {
        return true;
    }

    private List<String> ids(W work) {
        return type.ids("name", work.name());
    }
}
