package dev.finetide.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Stores blobs as files below one directory, with the key as relative path. A new blob is written to `.tmp` in that
/// directory, flushed and then linked to its name, so that all processes of a machine can share the directory.
final class DirectoryBlobStore implements BlobStore {

    private static final String TEMPORARY = ".tmp";

    /// Time without a write after which a temporary file counts as abandoned. A live writer is faster, even on a
    /// slow source.
    private static final Duration ABANDONED = Duration.ofHours(24);

    private final Path root;
    private final Path temporary;

    private DirectoryBlobStore(Path root) {
        this.root = root;
        this.temporary = root.resolve(TEMPORARY);
    }

    static DirectoryBlobStore open(Path directory) throws IOException {
        DurableFiles.createDirectories(directory);
        DirectoryBlobStore store = new DirectoryBlobStore(directory.toRealPath());
        store.deleteAbandoned(Instant.now().minus(ABANDONED));
        return store;
    }

    @Override
    public BlobRef put(String key, InputStream content) throws IOException {
        Path target = path(BlobKeys.requireKey(key));
        DurableFiles.Written written = DurableFiles.writeTemporary(temporary, content, "blob " + key);
        BlobRef blob = new BlobRef(key, written.size(), written.sha256());
        if (!DurableFiles.publish(written.file(), target)) {
            BlobRef stored = Sha256.of(key, target);
            if (!stored.equals(blob)) {
                throw new BlobConflictException(stored, blob);
            }
        }
        return blob;
    }

    @Override
    public BlobRef putContent(InputStream content) throws IOException {
        DurableFiles.Written written = DurableFiles.writeTemporary(temporary, content, "a new blob");
        BlobRef blob = BlobRef.ofContent(written.size(), written.sha256());
        Path target = path(blob.key());
        if (Files.exists(target) && !Sha256.of(blob.key(), target).equals(blob)) {
            // The stored file no longer matches its digest, because the disk lost data; this is the right
            // content.
            DurableFiles.replace(written.file(), target);
        } else {
            DurableFiles.publish(written.file(), target);
        }
        return blob;
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
                return ignoreDeleted(e);
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
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                return ignoreDeleted(e);
            }
        });
        DurableFiles.syncDirectory(folder.getParent());
    }

    /// Ignores a file that somebody else deleted between listing and visit.
    private static FileVisitResult ignoreDeleted(IOException e) throws IOException {
        if (e instanceof NoSuchFileException) {
            return FileVisitResult.CONTINUE;
        }
        throw e;
    }

    private void deleteAbandoned(Instant before) throws IOException {
        if (!Files.isDirectory(temporary)) {
            return;
        }
        try (Stream<Path> files =
                Files.find(temporary, 1, (path, file) -> file.isRegularFile() && isOlder(file, before))) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static boolean isOlder(BasicFileAttributes file, Instant time) {
        return file.lastModifiedTime().toInstant().isBefore(time);
    }

    private Path path(String key) {
        return root.resolve(key);
    }
}
