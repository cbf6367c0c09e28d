package dev.finetide.retrieval.chunk;

import dev.finetide.retrieval.document.Block;
import dev.finetide.retrieval.document.Document;
import dev.finetide.retrieval.words.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// The parts of a document that no chunk crosses. A part begins at a heading of the outermost levels. A tiny one
/// joins the next, and a tiny last one the one before it.
final class Sections {
    private final List<Integer> ends = new ArrayList<>();

    Sections(Document document, Words words, ChunkSettings settings) {
        int lowest = lowestLevel(document, settings.levels());
        int start = 0;
        for (Block block : document.blocks()) {
            if (block instanceof Block.Heading heading && heading.level() <= lowest) {
                int first = words.from(heading.start());
                if (first - start >= settings.tiny() && first > start) {
                    ends.add(first);
                    start = first;
                }
            }
        }
        if (!ends.isEmpty() && words.count() - start < settings.tiny()) {
            ends.removeLast();
        }
        ends.add(words.count());
    }

    /// Returns the level of headings up to which sections begin.
    private static int lowestLevel(Document document, int levels) {
        TreeSet<Integer> used = new TreeSet<>();
        for (Block block : document.blocks()) {
            if (block instanceof Block.Heading heading) {
                used.add(heading.level());
            }
        }
        return used.stream().limit(levels).reduce(0, Math::max);
    }

    /// Returns for each section the word behind its last one.
    List<Integer> ends() {
        return ends;
    }
}
