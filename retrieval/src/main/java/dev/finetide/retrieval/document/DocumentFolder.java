package dev.finetide.retrieval.document;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/// The files of a document set: a folder with all folders in it, or one file. Hidden files and folders are left
/// out, and links are not followed, because they can lead anywhere.
///
/// @param files paths from `root` with `/` between names, in the order of their characters, so that a set is
///     the same on every machine
/// @param others files that are no documents by their ending, or that are links
public record DocumentFolder(Path root, List<String> files, List<String> others) {
    public DocumentFolder {
        files = List.copyOf(files);
        others = List.copyOf(others);
    }

    /// Lists the documents of a folder, or the one file that `path` is.
    ///
    /// @throws DocumentException when there is no document
    public static DocumentFolder list(Path path) throws IOException {
        if (Files.isRegularFile(path)) {
            String name = path.getFileName().toString();
            if (DocumentFormat.of(name).isEmpty()) {
                throw new DocumentException(
                        name, "has an ending that no document has: " + DocumentFormat.ENDINGS + " are read");
            }
            return new DocumentFolder(path.toAbsolutePath().getParent(), List.of(name), List.of());
        }
        if (!Files.isDirectory(path)) {
            throw new DocumentException(path.toString(), "is neither a folder nor a file");
        }
        List<String> files = new ArrayList<>();
        List<String> others = new ArrayList<>();
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return !folder.equals(path) && isHidden(folder)
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (!isHidden(file)) {
                    String name = path.relativize(file)
                            .toString()
                            .replace(file.getFileSystem().getSeparator(), "/");
                    boolean document = attributes.isRegularFile()
                            && DocumentFormat.of(name).isPresent();
                    (document ? files : others).add(name);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        if (files.isEmpty()) {
            throw new DocumentException(
                    path.toString(), "holds no document: " + DocumentFormat.ENDINGS + " are read, and no hidden files");
        }
        Collections.sort(files);
        Collections.sort(others);
        return new DocumentFolder(path, files, others);
    }

    private static boolean isHidden(Path file) {
        return file.getFileName().toString().startsWith(".");
    }

    /// Reads one of [#files].
    public void read(String file, DocumentReader reader, Consumer<Document> documents) throws IOException {
        try (InputStream in = Files.newInputStream(root.resolve(file))) {
            reader.read(file, in, documents);
        }
    }
}
