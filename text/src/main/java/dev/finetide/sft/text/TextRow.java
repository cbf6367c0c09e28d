package dev.finetide.sft.text;

/// A labelled example as text, as a line of a dataset's shard holds it.
public sealed interface TextRow permits ChatRow, PromptCompletionRow, TextOnlyRow {
    /// Reads one canonical JSON object: `{"messages": […], "tools": […]}`, `{"prompt": "…", "completion": "…"}` or
    /// `{"text": "…"}`. The members `source`, the row's place in the upload, and `tags` are not read; [SourcedRow]
    /// reads them.
    ///
    /// @throws RowRefused when the line is anything else; the message names the field and the expected and found
    ///     value
    static TextRow parse(String json) {
        return RowJson.parse(json);
    }

    /// Whether the row has an answer that could be learnt or asked for.
    default boolean hasAnswer() {
        return true;
    }
}
