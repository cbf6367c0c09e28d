package dev.finetide.retrieval.rank;

/// A paragraph of a document that answers a question: what a row's columns `document` and `paragraph` name.
///
/// @param document name of the document
/// @param paragraph number of the paragraph, from 1; 0 stands for the whole document
public record Place(String document, int paragraph) {
    public Place {
        if (paragraph < 0) {
            throw new IllegalArgumentException("paragraphs are counted from 1, not " + paragraph);
        }
    }
}
