package dev.finetide.sft.text;

/// A prompt and the text that shall follow it, both exactly as given.
public record PromptCompletionRow(String prompt, String completion) implements TextRow {
    public PromptCompletionRow {
        if (completion.isEmpty()) {
            throw new RowRefused("completion: expected a text that is not empty");
        }
    }
}
