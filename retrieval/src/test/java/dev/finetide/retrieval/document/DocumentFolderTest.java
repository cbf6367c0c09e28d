package dev.finetide.retrieval.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentFolderTest {
    @TempDir
    Path folder;

    @Test
    void aFolderIsListedInOneOrderWithoutHiddenFilesAndLinks() throws IOException {
        for (String name : List.of("b.md", "a/z.txt", "a/B.HTML", ".git/x.md", ".hidden.md", "photo.png")) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.writeString(folder.resolve(name), "text of " + name);
        }
        Files.createSymbolicLink(folder.resolve("link.md"), folder.resolve("b.md"));
        Files.createSymbolicLink(folder.resolve("a/loop"), folder);

        DocumentFolder documents = DocumentFolder.list(folder);

        assertThat(documents.files()).containsExactly("a/B.HTML", "a/z.txt", "b.md");
        assertThat(documents.others()).containsExactly("a/loop", "link.md", "photo.png");
        List<Document> read = new ArrayList<>();
        documents.read("a/z.txt", new DocumentReader(), read::add);
        assertThat(read)
                .extracting(Document::name, Document::text)
                .containsExactly(org.assertj.core.api.Assertions.tuple("a/z.txt", "text of a/z.txt"));
        assertThat(DocumentFolder.list(folder.resolve("b.md")).files()).containsExactly("b.md");
    }

    @Test
    void aFolderWithoutDocumentsIsRefusedByName() throws IOException {
        Files.writeString(folder.resolve("photo.png"), "x");
        assertThatThrownBy(() -> DocumentFolder.list(folder)).hasMessageStartingWith(folder + " holds no document");
        assertThatThrownBy(() -> DocumentFolder.list(folder.resolve("photo.png")))
                .hasMessageStartingWith("photo.png has an ending");
        assertThatThrownBy(() -> DocumentFolder.list(folder.resolve("absent")))
                .hasMessageContaining("absent is neither a folder nor a file");
    }
}
