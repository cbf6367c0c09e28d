package dev.finetide.retrieval.search;

/// A passage that was found.
///
/// @param passage position of the passage in the list that was indexed, from 0
/// @param score higher is better; scores of different retrievers cannot be compared
public record Hit(int passage, double score) {}
