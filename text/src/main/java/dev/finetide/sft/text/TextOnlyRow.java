package dev.finetide.sft.text;

/// A text, all of which is learnt. It is read as plain text on every base, without a chat template.
public record TextOnlyRow(String text) implements TextRow {}
