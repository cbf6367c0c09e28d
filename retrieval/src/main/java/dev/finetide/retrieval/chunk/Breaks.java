package dev.finetide.retrieval.chunk;

import dev.finetide.retrieval.document.Block;
import dev.finetide.retrieval.document.Document;
import dev.finetide.retrieval.words.Words;
import java.text.BreakIterator;
import java.util.BitSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;

/// The words of a document, and before which of them a chunk may end. Nothing ends after a heading, because a
/// heading belongs to what follows it. Words before the first block, front matter, are left out.
final class Breaks {
    private final Document document;
    private final Words words;
    private final BitSet paragraphs = new BitSet();
    private final BitSet sentences = new BitSet();

    /// Number of paragraphs before each block.
    private final int[] counts;

    /// Index of the heading above each block, and above what follows the last one; -1 for none. The heading above
    /// a heading is one of a level further out.
    private final int[] above;

    private Breaks(Document document) {
        this.document = document;
        List<Block> blocks = document.blocks();
        this.words = Words.of(
                document.text(), blocks.getFirst().start(), blocks.getLast().end());
        this.counts = new int[blocks.size() + 1];
        this.above = new int[blocks.size() + 1];
    }

    static Breaks of(Document document) {
        Breaks breaks = new Breaks(document);
        boolean afterHeading = false;
        breaks.above[0] = -1;
        for (int i = 0; i < document.blocks().size(); i++) {
            Block block = document.blocks().get(i);
            int first = breaks.words.from(block.start());
            if (!afterHeading) {
                breaks.paragraphs.set(first);
                breaks.sentences.set(first);
            }
            boolean isParagraph = block instanceof Block.Paragraph;
            breaks.markHeadings(i, block);
            breaks.counts[i + 1] = breaks.counts[i] + (isParagraph ? 1 : 0);
            if (block instanceof Block.Paragraph paragraph) {
                breaks.markParts(paragraph, first);
            }
            afterHeading = !isParagraph;
        }
        return breaks;
    }

    /// Finds the heading above a heading, which is then the one above the next block.
    private void markHeadings(int i, Block block) {
        if (block instanceof Block.Heading heading) {
            int outer = above[i];
            while (outer >= 0
                    && document.blocks().get(outer) instanceof Block.Heading other
                    && other.level() >= heading.level()) {
                outer = above[outer];
            }
            above[i] = outer;
            above[i + 1] = i;
        } else {
            above[i + 1] = above[i];
        }
    }

    private void markParts(Block.Paragraph paragraph, int first) {
        String text = document.text().substring(paragraph.start(), paragraph.end());
        if (paragraph.lines()) {
            for (int at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
                mark(paragraph.start() + at, first);
            }
        } else {
            BreakIterator iterator = BreakIterator.getSentenceInstance(Locale.ROOT);
            iterator.setText(text);
            for (int at = iterator.next(); at != BreakIterator.DONE && at < text.length(); at = iterator.next()) {
                mark(paragraph.start() + at, first);
            }
        }
    }

    private void mark(int offset, int first) {
        int word = words.from(offset);
        if (word > first && word < words.count()) {
            sentences.set(word);
        }
    }

    Words words() {
        return words;
    }

    /// Returns the last paragraph's first word in (`after`, `most`], or -1.
    int lastParagraph(int after, int most) {
        int found = paragraphs.previousSetBit(most);
        return found > after ? found : -1;
    }

    int lastSentence(int after, int most) {
        int found = sentences.previousSetBit(most);
        return found > after ? found : -1;
    }

    boolean isParagraph(int word) {
        return paragraphs.get(word);
    }

    /// Returns the first word of the paragraph after the one that begins with `word`, or `behind`.
    int nextParagraph(int word, int behind) {
        int found = paragraphs.nextSetBit(word + 1);
        return found < 0 ? behind : Math.min(found, behind);
    }

    /// Returns the first word at or after `from` that begins a sentence, or `behind`.
    int nextSentence(int from, int behind) {
        int found = sentences.nextSetBit(from);
        return found < 0 ? behind : Math.min(found, behind);
    }

    /// Returns the index of the block that an offset is in.
    int blockOf(int offset) {
        int low = 0;
        int high = document.blocks().size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (document.blocks().get(middle).start() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    int paragraphsBefore(int block) {
        return counts[block];
    }

    /// Returns the headings that are in force before a block, the outermost first.
    List<String> headingsAbove(int block) {
        LinkedList<String> headings = new LinkedList<>();
        for (int i = above[Math.min(block, document.blocks().size())]; i >= 0; i = above[i]) {
            Block.Heading heading = (Block.Heading) document.blocks().get(i);
            if (!heading.text().isEmpty()) {
                headings.addFirst(heading.text());
            }
        }
        return List.copyOf(headings);
    }
}
