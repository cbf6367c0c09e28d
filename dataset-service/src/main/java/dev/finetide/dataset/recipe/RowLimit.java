package dev.finetide.dataset.recipe;

import java.util.function.ToIntFunction;

/// Largest number of tokens of a row, and how they are counted.
///
/// @param tokens counts the tokens of a canonical row
public record RowLimit(int most, ToIntFunction<byte[]> tokens) {}
