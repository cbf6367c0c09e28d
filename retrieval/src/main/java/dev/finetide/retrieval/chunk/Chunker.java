package dev.finetide.retrieval.chunk;

import dev.finetide.retrieval.document.Block;
import dev.finetide.retrieval.document.Document;
import java.util.ArrayList;
import java.util.List;

/// Cuts documents into chunks: at headings and paragraphs where it can, at sentences where a paragraph is longer
/// than a chunk, at words where a sentence is. Every word is in a chunk, the same document always gives the
/// same chunks, and none is larger than the settings say. Safe for use by several threads.
public final class Chunker {
    private final ChunkSettings settings;

    public Chunker(ChunkSettings settings) {
        this.settings = settings;
    }

    public List<Chunk> chunks(Document document) {
        Breaks breaks = Breaks.of(document);
        List<Chunk> chunks = new ArrayList<>();
        int start = 0;
        for (int end : new Sections(document, breaks.words(), settings).ends()) {
            cut(document, breaks, start, end, chunks);
            start = end;
        }
        return chunks;
    }

    /// Cuts a section, from its first word to the one behind its last.
    private void cut(Document document, Breaks breaks, int first, int behind, List<Chunk> chunks) {
        int before = first;
        int at = first;
        while (at < behind) {
            int start = at == first ? first : overlap(breaks, before, at, behind);
            int end = end(breaks, start, at, behind);
            chunks.add(chunk(document, breaks, start, end));
            before = start;
            at = end;
        }
    }

    /// Returns where a chunk ends that begins with the word `start` and brings `at` as its first new word.
    private int end(Breaks breaks, int start, int at, int behind) {
        int most = at + 1;
        while (most < behind && fits(breaks, start, most + 1)) {
            most++;
        }
        if (most == behind) {
            return behind;
        }
        int half = start + settings.words() / 2;
        int paragraph = breaks.lastParagraph(at, most);
        boolean nextIsWhole = paragraph > at && fits(breaks, paragraph, breaks.nextParagraph(paragraph, behind));
        if (paragraph >= half || nextIsWhole && paragraph >= start + settings.tiny()) {
            return paragraph;
        }
        int sentence = breaks.lastSentence(at, most);
        if (sentence >= half) {
            return sentence;
        }
        return Math.max(paragraph, sentence) >= start + settings.tiny() ? Math.max(paragraph, sentence) : most;
    }

    /// Returns the word with which the next chunk begins: the first sentence that begins in the overlap, or else
    /// the first word of the overlap. The overlap gives way where it would part the paragraph that follows.
    private int overlap(Breaks breaks, int before, int at, int behind) {
        int room = settings.overlap();
        if (breaks.isParagraph(at)) {
            int length = breaks.nextParagraph(at, behind) - at;
            room = length <= settings.words() ? Math.min(room, settings.words() - length) : room;
        }
        int earliest = Math.max(before + 1, at - room);
        int sentence = breaks.nextSentence(earliest, at);
        int start = sentence < at ? sentence : earliest;
        return fits(breaks, start, at + 1) ? start : at;
    }

    private boolean fits(Breaks breaks, int start, int end) {
        return end - start <= settings.words()
                && breaks.words().end(end - 1) - breaks.words().start(start) <= settings.mostCharacters();
    }

    private static Chunk chunk(Document document, Breaks breaks, int firstWord, int behind) {
        int start = breaks.words().start(firstWord);
        int end = breaks.words().end(behind - 1);
        List<Chunk.Part> parts = new ArrayList<>();
        int block = breaks.blockOf(start);
        int firstParagraph = -1;
        int number = breaks.paragraphsBefore(block);
        for (int i = block;
                i < document.blocks().size() && document.blocks().get(i).start() < end;
                i++) {
            Block piece = document.blocks().get(i);
            if (piece instanceof Block.Paragraph) {
                number++;
                int characters = Math.min(end, piece.end()) - Math.max(start, piece.start());
                if (characters > 0) {
                    parts.add(new Chunk.Part(number, characters, piece.end() - piece.start()));
                    firstParagraph = firstParagraph < 0 ? i : firstParagraph;
                }
            }
        }
        List<String> headings = breaks.headingsAbove(firstParagraph < 0 ? block + 1 : firstParagraph);
        return new Chunk(
                document.name(),
                document.title(),
                headings,
                parts,
                start,
                end,
                document.text().substring(start, end));
    }
}
