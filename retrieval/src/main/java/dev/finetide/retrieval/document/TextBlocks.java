package dev.finetide.retrieval.document;

import dev.finetide.retrieval.document.Document.Parsed;
import java.util.ArrayList;
import java.util.List;

/// Plain text: paragraphs stand between empty lines, and there are no headings.
final class TextBlocks {
    private TextBlocks() {}

    static Parsed parse(String text) {
        List<Block> blocks = new ArrayList<>();
        int start = -1;
        int breaks = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\n' || c == '\r' && !(at + 1 < text.length() && text.charAt(at + 1) == '\n')) {
                breaks++;
            } else if (!Character.isWhitespace(c)) {
                if (start >= 0 && breaks > 1) {
                    blocks.add(new Block.Paragraph(false, start, at));
                    start = -1;
                }
                start = start < 0 ? at : start;
                breaks = 0;
            }
        }
        if (start >= 0) {
            blocks.add(new Block.Paragraph(false, start, text.length()));
        }
        return new Parsed("", text, blocks);
    }
}
