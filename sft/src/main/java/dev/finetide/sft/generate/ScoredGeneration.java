package dev.finetide.sft.generate;

import dev.finetide.sft.RowScore;

/// The text that a model wrote after a prompt, and the score of the row that was expected.
public record ScoredGeneration(Generation generation, RowScore score) {}
