package dev.finetide.blobs;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/// Deletes a folder with everything in it, while others may delete there, too.
public final class FolderTree extends SimpleFileVisitor<Path> {
    private FolderTree() {}

    /// Deletes a folder that exists.
    public static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new FolderTree());
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.deleteIfExists(file);
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
        return ignoreDeleted(e);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
        Files.deleteIfExists(directory);
        return FileVisitResult.CONTINUE;
    }

    /// Ignores a file that somebody else deleted between listing and visit.
    static FileVisitResult ignoreDeleted(IOException e) throws IOException {
        if (e instanceof NoSuchFileException) {
            return FileVisitResult.CONTINUE;
        }
        throw e;
    }
}
