package dev.finetide.retrieval.document;

/// A piece of a document between breaks that its author made: a heading or a paragraph. Offsets count UTF-16
/// units of [Document#text]; `end` is the offset behind the last one.
public sealed interface Block {
    int start();

    int end();

    /// @param level 1 for the outermost heading, up to 6
    /// @param text the heading without the signs that make it one
    record Heading(int level, String text, int start, int end) implements Block {}

    /// A paragraph, or a list, a table or a block of code, each of which counts as one.
    ///
    /// @param lines whether lines are its parts, not sentences
    record Paragraph(boolean lines, int start, int end) implements Block {}
}
