package dev.finetide.retrieval.chunk;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A piece of a document that is found and shown as a whole.
///
/// @param document name of the document
/// @param title title of the document
/// @param headings headings above the chunk's first paragraph, the outermost first
/// @param parts the paragraphs that stand in the chunk, or a part of them; empty for headings without text
/// @param start offset of the text in the document's text, in UTF-16 units
/// @param end offset behind the last character
/// @param text the document's text from `start` to `end`
public record Chunk(
        String document, String title, List<String> headings, List<Part> parts, int start, int end, String text) {
    private static final Pattern SIGNS = Pattern.compile("^[#\\s]+|\\s[#\\s]*$");

    public Chunk {
        headings = List.copyOf(headings);
        parts = List.copyOf(parts);
    }

    /// A paragraph in a chunk.
    ///
    /// @param paragraph number of the paragraph in its document, from 1; headings have none
    /// @param characters how many of its characters stand in the chunk
    /// @param of how many characters it has
    public record Part(int paragraph, int characters, int of) {}

    /// Tells whether the chunk carries a paragraph: at least half of the paragraph, or half of the chunk is that
    /// paragraph. The overlap of a neighbour is not enough.
    public boolean carries(int paragraph) {
        return parts.stream()
                .anyMatch(part ->
                        part.paragraph() == paragraph && 2L * part.characters() >= Math.min(part.of(), text.length()));
    }

    /// Returns the text with the title and the headings above it, which is what an index and a prompt take. A
    /// heading with which the text itself begins is not repeated.
    public String inContext() {
        Set<String> own = text.lines()
                .limit(2L * headings.size() + 2)
                .map(line -> SIGNS.matcher(line).replaceAll(""))
                .collect(Collectors.toSet());
        List<String> above = new ArrayList<>(headings);
        if (!headings.contains(title)) {
            above.addFirst(title);
        }
        above.removeIf(own::contains);
        return above.isEmpty() ? text : String.join(" > ", above) + "\n" + text;
    }
}
