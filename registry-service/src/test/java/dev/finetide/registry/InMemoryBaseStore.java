package dev.finetide.registry;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// A store for tests, which passes the same [BaseStoreContract] as the real store.
final class InMemoryBaseStore implements BaseStore {
    private Map<String, Base> bases = new TreeMap<>();
    private Map<String, Answered> requests = new HashMap<>();
    private Set<Counted> counted = new HashSet<>();
    private final Map<String, String> users = new TreeMap<>();
    private final Map<String, Instant> held = new HashMap<>();
    private final Map<String, Set<String>> owned = new HashMap<>();
    private final Clock clock;

    private record Counted(String project, String sha256, long bytes) {}

    InMemoryBaseStore() {
        this(Clock.systemUTC());
    }

    InMemoryBaseStore(Clock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized <T> T transact(Supplier<T> work) {
        Map<String, Base> basesBefore = new TreeMap<>(bases);
        Map<String, Answered> requestsBefore = new HashMap<>(requests);
        Set<Counted> countedBefore = new HashSet<>(counted);
        try {
            return work.get();
        } catch (RuntimeException e) {
            bases = basesBefore;
            requests = requestsBefore;
            counted = countedBefore;
            throw e;
        }
    }

    @Override
    public synchronized boolean add(Base base) {
        Base there = bases.get(base.getName());
        if (there != null && !there.hasDeleteTime()) {
            return false;
        }
        bases.put(base.getName(), base);
        return true;
    }

    @Override
    public synchronized Optional<Base> lock(String name) {
        return find(name);
    }

    @Override
    public synchronized void bury(Base tombstone) {
        bases.put(tombstone.getName(), tombstone);
    }

    @Override
    public synchronized void used(String work, String base) {
        users.putIfAbsent(work, base);
    }

    @Override
    public synchronized void unused(String work) {
        users.remove(work);
    }

    @Override
    public synchronized List<String> users(String base, int limit) {
        return users.entrySet().stream()
                .filter(user -> user.getValue().equals(base))
                .map(Map.Entry::getKey)
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized Optional<Base> find(String name) {
        return Optional.ofNullable(bases.get(name));
    }

    @Override
    public synchronized List<Base> list(String project, Page page) {
        return bases.values().stream()
                .filter(base -> base.getName().startsWith(project + "/") && !base.hasDeleteTime())
                .filter(base -> base.getName().compareTo(page.after().orElse("")) > 0)
                .limit(page.size() + 1)
                .toList();
    }

    @Override
    public synchronized void hold(Collection<String> sha256, Duration time) {
        Instant until = clock.instant().plus(time);
        sha256.forEach(digest -> held.merge(digest, until, (old, now) -> old.isAfter(now) ? old : now));
    }

    @Override
    public synchronized void forgetHeld() {
        held.values().removeIf(until -> until.isBefore(clock.instant()));
        counted.removeIf(file -> !held.containsKey(file.sha256())
                && !owned.getOrDefault(file.project(), Set.of()).contains(file.sha256()));
    }

    @Override
    public synchronized void own(String project, String sha256) {
        owned.computeIfAbsent(project, _ -> new TreeSet<>()).add(sha256);
    }

    @Override
    public synchronized Set<String> owned(String project, Collection<String> sha256) {
        Set<String> own = new TreeSet<>(owned.getOrDefault(project, Set.of()));
        own.retainAll(sha256);
        return own;
    }

    @Override
    public synchronized void disown(String sha256) {
        owned.values().forEach(own -> own.remove(sha256));
        counted.removeIf(file -> file.sha256().equals(sha256));
    }

    @Override
    public void lockBytes(String project) {
        // Each transaction has the whole store for itself.
    }

    @Override
    public synchronized long bytes(String project) {
        return counted.stream()
                .filter(file -> file.project().equals(project))
                .mapToLong(Counted::bytes)
                .sum();
    }

    @Override
    public synchronized List<BlobFile> count(String project, List<BlobFile> files) {
        return files.stream()
                .filter(file -> counted.add(new Counted(project, file.getSha256(), file.getSizeBytes())))
                .toList();
    }

    @Override
    public synchronized void uncount(String project, List<BlobFile> files) {
        Set<Counted> named = bases.values().stream()
                .filter(base -> base.getName().startsWith(project + "/") && !base.hasDeleteTime())
                .flatMap(base -> base.getFilesList().stream())
                .map(file -> new Counted(project, file.getSha256(), file.getSizeBytes()))
                .collect(Collectors.toSet());
        files.stream()
                .map(file -> new Counted(project, file.getSha256(), file.getSizeBytes()))
                .filter(file -> !named.contains(file))
                .forEach(counted::remove);
    }

    @Override
    public synchronized Set<String> named(Duration sinceDeletion) {
        Instant before = clock.instant().minus(sinceDeletion);
        return bases.values().stream()
                .filter(base -> !base.hasDeleteTime()
                        || Times.instant(base.getDeleteTime()).isAfter(before)
                        || users.containsValue(base.getName()))
                .flatMap(base -> base.getFilesList().stream())
                .map(BlobFile::getSha256)
                .collect(Collectors.toSet());
    }

    @Override
    public synchronized boolean lockUnheld(String sha256) {
        return !held.containsKey(sha256) || held.get(sha256).isBefore(clock.instant());
    }

    @Override
    public synchronized Optional<Answered> answer(String requestId, Answered answer) {
        return Optional.ofNullable(requests.putIfAbsent(RequestIds.caller() + requestId, answer));
    }
}
