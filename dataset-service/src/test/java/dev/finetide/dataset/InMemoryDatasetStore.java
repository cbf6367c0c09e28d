package dev.finetide.dataset;

import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.proto.dataset.v1.Dataset;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/// A store for tests, which passes the same [DatasetStoreContract] as the real store.
final class InMemoryDatasetStore implements DatasetStore {
    private Map<String, Dataset> datasets = new TreeMap<>();
    private Map<String, List<DatasetVersion>> versions = new HashMap<>();
    private Map<String, Answered> requests = new HashMap<>();
    private Map<String, Instant> uploads = new TreeMap<>();

    @Override
    public synchronized <T> T transact(Supplier<T> work) {
        Map<String, Dataset> datasetsBefore = new TreeMap<>(datasets);
        Map<String, List<DatasetVersion>> versionsBefore = new HashMap<>();
        versions.forEach((dataset, list) -> versionsBefore.put(dataset, new ArrayList<>(list)));
        Map<String, Answered> requestsBefore = new HashMap<>(requests);
        Map<String, Instant> uploadsBefore = new TreeMap<>(uploads);
        try {
            return work.get();
        } catch (RuntimeException e) {
            datasets = datasetsBefore;
            versions = versionsBefore;
            requests = requestsBefore;
            uploads = uploadsBefore;
            throw e;
        }
    }

    @Override
    public synchronized int lock(String dataset, Instant now) {
        return datasets.computeIfAbsent(
                        dataset,
                        name -> Dataset.newBuilder()
                                .setName(name)
                                .setCreateTime(Timestamps.fromMillis(now.toEpochMilli()))
                                .setUpdateTime(Timestamps.fromMillis(now.toEpochMilli()))
                                .build())
                .getLatestVersion();
    }

    @Override
    public synchronized void add(String dataset, int number, DatasetVersion version, Instant now) {
        List<DatasetVersion> list = versions.computeIfAbsent(dataset, name -> new ArrayList<>());
        if (number != list.size() + 1) {
            throw new IllegalStateException("version " + number + " after " + list.size());
        }
        list.add(version);
        datasets.computeIfPresent(
                dataset,
                (name, known) -> known.toBuilder()
                        .setLatestVersion(number)
                        .setUpdateTime(Timestamps.fromMillis(now.toEpochMilli()))
                        .build());
    }

    @Override
    public synchronized Optional<DatasetVersion> version(String dataset, int number) {
        List<DatasetVersion> list = versions.getOrDefault(dataset, List.of());
        return number <= list.size() ? Optional.of(list.get(number - 1)) : Optional.empty();
    }

    @Override
    public synchronized Optional<DatasetVersion> latest(String dataset) {
        List<DatasetVersion> list = versions.getOrDefault(dataset, List.of());
        return list.isEmpty() ? Optional.empty() : Optional.of(list.getLast());
    }

    /// Returns nothing: tags are tested on the real store.
    @Override
    public Optional<DatasetVersion> tagged(String dataset, String tag) {
        return Optional.empty();
    }

    @Override
    public synchronized Optional<DatasetVersion> withDigest(String dataset, String digest) {
        return versions.getOrDefault(dataset, List.of()).stream()
                .filter(version -> version.getDigest().equals(digest))
                .findFirst();
    }

    @Override
    public synchronized List<DatasetVersion> versions(String dataset, Page page) {
        List<DatasetVersion> list = versions.getOrDefault(dataset, List.of());
        int before = page.after().map(Integer::valueOf).orElse(Integer.MAX_VALUE);
        return list.subList(0, Math.min(list.size(), before - 1)).reversed().stream()
                .limit(page.size() + 1)
                .toList();
    }

    @Override
    public synchronized List<Dataset> datasets(String project, Page page) {
        return datasets.values().stream()
                .filter(dataset -> dataset.getName().startsWith(project + "/"))
                .filter(dataset -> dataset.getLatestVersion() > 0)
                .filter(dataset -> dataset.getName().compareTo(page.after().orElse("")) > 0)
                .limit(page.size() + 1)
                .toList();
    }

    @Override
    public synchronized Optional<Answered> answer(String requestId, Answered answer) {
        return Optional.ofNullable(requests.putIfAbsent(RequestIds.caller() + requestId, answer));
    }

    @Override
    public synchronized Optional<Answered> answered(String requestId) {
        return Optional.ofNullable(requests.get(RequestIds.caller() + requestId));
    }

    @Override
    public synchronized void uploadStarted(String prefix, Instant now) {
        uploads.put(prefix, now);
    }

    @Override
    public synchronized void uploadAlive(String prefix, Instant now) {
        uploads.replace(prefix, now);
    }

    @Override
    public synchronized boolean uploadEnded(String prefix) {
        return uploads.remove(prefix) != null;
    }

    @Override
    public synchronized List<String> abandonedUploads(Instant before) {
        return uploads.entrySet().stream()
                .filter(upload -> upload.getValue().isBefore(before))
                .map(Map.Entry::getKey)
                .limit(10)
                .toList();
    }
}
