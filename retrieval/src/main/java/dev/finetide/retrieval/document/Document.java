package dev.finetide.retrieval.document;

import dev.finetide.retrieval.words.Words;
import java.util.ArrayList;
import java.util.List;

/// A document with its text and its blocks. For .txt and .md the text is the decoded file, without a byte order
/// mark; for .html it is what a reader sees, and for a record its field `text`.
///
/// @param name path from the folder with `/` between names, or a record's name: what a row's column
///     `document` holds
/// @param blocks headings and paragraphs in order; together they hold all words that are not front matter
public record Document(String name, String title, String text, List<Block> blocks) {
    /// Most UTF-16 units of a title and of a heading's text. Each chunk carries them.
    private static final int MOST_TITLE = 300;

    public Document {
        blocks = List.copyOf(blocks);
    }

    /// Makes a document of what a format's parser found. Text between two blocks goes to the first of them.
    static Document of(String name, String title, Parsed parsed) {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < parsed.blocks().size(); i++) {
            int behind = i + 1 < parsed.blocks().size()
                    ? parsed.blocks().get(i + 1).start()
                    : parsed.text().length();
            Block block = parsed.blocks().get(i);
            int end = endOfWords(parsed.text(), block.start(), behind);
            if (end > block.start()) {
                blocks.add(
                        switch (block) {
                            case Block.Heading heading ->
                                new Block.Heading(heading.level(), bounded(heading.text()), heading.start(), end);
                            case Block.Paragraph paragraph ->
                                new Block.Paragraph(paragraph.lines(), paragraph.start(), end);
                        });
            }
        }
        if (blocks.isEmpty()) {
            throw new DocumentException(name, "has no text");
        }
        return new Document(name, bounded(title), parsed.text(), blocks);
    }

    private static String bounded(String title) {
        if (title.length() <= MOST_TITLE) {
            return title;
        }
        int end = Character.isHighSurrogate(title.charAt(MOST_TITLE - 1)) ? MOST_TITLE - 1 : MOST_TITLE;
        return title.substring(0, end);
    }

    private static int endOfWords(String text, int start, int end) {
        int last = end;
        while (last > start && Words.isSpace(text.charAt(last - 1))) {
            last--;
        }
        return last;
    }

    /// @param title the title that the document itself gives, or an empty text
    record Parsed(String title, String text, List<Block> blocks) {}
}
