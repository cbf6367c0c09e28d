package dev.finetide.sft.text;

/// A prompt and the text that shall follow it, both exactly as given. A completion without words is found when the row
/// is examined.
public record PromptCompletionRow(String prompt, String completion) implements TextRow {}
