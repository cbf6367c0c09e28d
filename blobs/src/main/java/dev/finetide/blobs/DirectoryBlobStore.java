package dev.finetide.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Stores blobs as files below one directory, with the key as relative path. A new blob is written to `.tmp` in that
/// directory, flushed and then linked to its name, so that all processes of a machine can share the directory.
final class DirectoryBlobStore implements BlobStore {

    private static final String TEMPORARY = ".tmp";

    private final Path root;
    private final Path temporary;

    private DirectoryBlobStore(Path root) {
        this.root = root;
        this.temporary = root.resolve(TEMPORARY);
    }

    static DirectoryBlobStore open(Path directory) throws IOException {
        DurableFiles.createDirectories(directory);
        DirectoryBlobStore store = new DirectoryBlobStore(directory.toRealPath());
        store.deleteAbandoned();
        return store;
    }

    @Override
    public BlobRef put(String key, InputStream content) throws IOException {
        Path target = path(BlobKeys.requireKey(key));
        try (TemporaryFile file = TemporaryFile.write(temporary, content, key)) {
            if (!file.publish(target)) {
                BlobRef stored = Sha256.of(key, target);
                if (!stored.equals(file.written())) {
                    throw new BlobConflictException(stored, file.written());
                }
            }
            return file.written();
        }
    }

    @Override
    public BlobRef putContent(BlobRef announced, InputStream content) throws IOException {
        BlobKeys.requireContent(announced);
        InputStream verified = new VerifyingInputStream(content, announced);
        try (TemporaryFile file = TemporaryFile.write(temporary, verified, announced.key())) {
            // An existing file is equal, or the disk lost its data. In both cases the new one is the right one.
            file.replace(path(announced.key()));
        }
        return announced;
    }

    @Override
    public InputStream open(BlobRef blob) throws IOException {
        Path file = path(blob.key());
        try {
            if (!file.toRealPath().startsWith(root) || !Files.isRegularFile(file)) {
                throw new BlobNotFoundException(blob.key());
            }
            long size = Files.size(file);
            if (size != blob.size()) {
                throw BlobCorruptException.size(blob, Long.toString(size));
            }
            return new VerifyingInputStream(Files.newInputStream(file), blob);
        } catch (NoSuchFileException e) {
            throw new BlobNotFoundException(blob.key());
        }
    }

    @Override
    public Optional<BlobRef> stat(String key) throws IOException {
        return exists(key) ? Optional.of(Sha256.of(key, path(key))) : Optional.empty();
    }

    @Override
    public boolean exists(String key) {
        return Files.isRegularFile(path(BlobKeys.requireKey(key)));
    }

    @Override
    public List<BlobEntry> list(String prefix) throws IOException {
        Path folder = prefix.isEmpty() ? root : path(BlobKeys.requirePrefix(prefix));
        List<BlobEntry> entries = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return entries;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return directory.equals(temporary) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    entries.add(new BlobEntry(
                            root.relativize(file).toString(),
                            attributes.size(),
                            attributes.lastModifiedTime().toInstant()));
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                return FolderTree.ignoreDeleted(e);
            }
        });
        entries.sort(Comparator.comparing(BlobEntry::key));
        return List.copyOf(entries);
    }

    @Override
    public void delete(String prefix) throws IOException {
        Path folder = path(BlobKeys.requirePrefix(prefix));
        if (!Files.isDirectory(folder)) {
            return;
        }
        FolderTree.delete(folder);
        DurableFiles.syncDirectory(folder.getParent());
    }

    @Override
    public void deleteBlob(String key) throws IOException {
        Path file = path(BlobKeys.requireKey(key));
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.deleteIfExists(file)) {
            DurableFiles.syncDirectory(file.getParent());
        }
    }

    @Override
    public void deleteAbandoned() throws IOException {
        AbandonedFiles.delete(temporary, Instant.now());
    }

    private Path path(String key) {
        return root.resolve(key);
    }
}
