package dev.finetide.retrieval.document;

import dev.finetide.retrieval.document.Document.Parsed;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// Reads the files of one document set. Names of documents are unique: a name that was given before gets ` #2`,
/// ` #3` and so on. One thread uses a reader.
public final class DocumentReader {
    /// Most bytes of a document where the caller sets no other bound: 8 MiB, more than ten novels.
    public static final int MOST_BYTES = 8 << 20;

    /// Most lines of Markdown and tags of HTML. Each becomes objects of hundreds of bytes while a file is read.
    private static final int MOST_LINES = 200_000;

    private static final int MOST_TAGS = 500_000;

    private final int mostBytes;
    private final Map<String, Integer> names = new HashMap<>();

    public DocumentReader() {
        this(MOST_BYTES);
    }

    /// @param mostBytes most bytes of a file that is one document, and of a line that is a record
    public DocumentReader(int mostBytes) {
        if (mostBytes < 1) {
            throw new IllegalArgumentException("the most bytes of a document are at least 1, not " + mostBytes);
        }
        this.mostBytes = mostBytes;
    }

    /// Reads a file, and gives each of its documents to `documents` before it reads the next one. At most one
    /// document is in memory.
    ///
    /// @param file path of the file from the folder of the set
    /// @throws DocumentException when the file is no document, binary, not UTF-8, too large or without text; the
    ///     documents before it were given
    public void read(String file, InputStream in, Consumer<Document> documents) throws IOException {
        DocumentFormat format = DocumentFormat.of(file)
                .orElseThrow(() -> new DocumentException(
                        file, "has an ending that no document has: " + DocumentFormat.ENDINGS + " are read"));
        if (format == DocumentFormat.RECORDS) {
            new RecordLines(file, in, mostBytes)
                    .read((name, title, text) ->
                            documents.accept(Document.of(unique(name), title, TextBlocks.parse(text))));
            return;
        }
        byte[] bytes = in.readNBytes(mostBytes);
        if (bytes.length == mostBytes && in.read() >= 0) {
            throw new DocumentException(
                    file, "has more than " + mostBytes + " bytes, the most that one document may have; split it");
        }
        String text = StrictUtf8.decode(file, bytes, 0);
        Parsed parsed = parse(file, format, text);
        String title = parsed.title().isBlank() ? stem(file) : parsed.title().strip();
        documents.accept(Document.of(unique(file), title, parsed));
    }

    private static Parsed parse(String file, DocumentFormat format, String text) {
        return switch (format) {
            case MARKDOWN -> {
                refuseMore(file, text, '\n', MOST_LINES, "lines");
                yield MarkdownBlocks.parse(text);
            }
            case HTML -> {
                refuseMore(file, text, '<', MOST_TAGS, "tags");
                yield HtmlBlocks.parse(text);
            }
            case TEXT, RECORDS -> TextBlocks.parse(text);
        };
    }

    private static void refuseMore(String file, String text, char sign, int most, String things) {
        if (text.chars().filter(c -> c == sign).count() > most) {
            throw new DocumentException(
                    file, "has more than " + most + " " + things + ", the most that one document may have; split it");
        }
    }

    private String unique(String name) {
        int uses = names.merge(name, 1, Integer::sum);
        return uses == 1 ? name : unique(name + " #" + uses);
    }

    /// Returns a file's name without folders and ending, with spaces for its dashes and underscores.
    private static String stem(String file) {
        String name = file.substring(file.lastIndexOf('/') + 1);
        return name.substring(0, name.lastIndexOf('.'))
                .replace('_', ' ')
                .replace('-', ' ')
                .strip();
    }
}
