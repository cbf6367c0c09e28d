package dev.finetide.dataset;

import dev.finetide.blobs.BlobRef;
import dev.finetide.dataset.source.FileUpload;
import dev.finetide.dataset.source.FileUploadStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Keeps staged files in memory.
public final class InMemoryFileUploadStore implements FileUploadStore {
    private final Map<String, FileUpload> files = new HashMap<>();
    private final Map<String, Instant> alive = new HashMap<>();

    @Override
    public synchronized <T> T transact(Supplier<T> work) {
        return work.get();
    }

    @Override
    public synchronized Optional<FileUpload> find(String project, String fileId) {
        return Optional.ofNullable(files.get(project + fileId));
    }

    @Override
    public synchronized void begin(FileUpload upload, Instant now) {
        files.putIfAbsent(upload.project() + upload.fileId(), upload);
        alive.put(upload.project() + upload.fileId(), now);
    }

    @Override
    public synchronized boolean addPart(String project, String fileId, long offset, BlobRef part, Instant now) {
        FileUpload file = files.get(project + fileId);
        if (file == null || file.storedBytes() != offset) {
            return false;
        }
        List<BlobRef> parts = new ArrayList<>(file.parts());
        parts.add(part);
        files.put(project + fileId, new FileUpload(project, fileId, file.sizeBytes(), file.sha256(), parts));
        alive.put(project + fileId, now);
        return true;
    }

    @Override
    public synchronized void complete(String project, String fileId, long sizeBytes, String sha256) {
        files.computeIfPresent(
                project + fileId, (key, file) -> new FileUpload(project, fileId, sizeBytes, sha256, file.parts()));
    }

    @Override
    public synchronized void alive(String project, String fileId, Instant now) {
        alive.replace(project + fileId, now);
    }

    @Override
    public synchronized void remove(String project, String fileId) {
        files.remove(project + fileId);
        alive.remove(project + fileId);
    }

    @Override
    public synchronized List<FileUpload> abandoned(Instant before) {
        return files.values().stream()
                .filter(file -> alive.get(file.project() + file.fileId()).isBefore(before))
                .toList();
    }
}
