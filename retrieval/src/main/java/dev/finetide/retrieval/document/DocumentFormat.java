package dev.finetide.retrieval.document;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The formats of documents, each told by the ending of a file's name.
public enum DocumentFormat {
    TEXT(".txt"),
    MARKDOWN(".md", ".markdown"),
    HTML(".html", ".htm"),
    /// One JSON object a line, each a document with `text`, and where it has them `title` and `document`.
    RECORDS(".jsonl");

    /// The endings in words, for messages.
    public static final String ENDINGS = ".txt, .md, .html, .jsonl";

    private final List<String> endings;

    DocumentFormat(String... endings) {
        this.endings = List.of(endings);
    }

    /// Returns the format of a file, or nothing when its ending is none of a document.
    public static Optional<DocumentFormat> of(String file) {
        String name = file.toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(format -> format.endings.stream().anyMatch(name::endsWith))
                .findFirst();
    }
}
