package dev.finetide.sft.text;

/// A labelled example as text, as a line of a dataset's shard holds it.
public sealed interface TextRow permits ChatRow, PromptCompletionRow {
    /// Reads one canonical JSON object: `{"messages": […], "tools": […]}` or `{"prompt": "…", "completion":
    /// "…"}`. The member `source`, the row's place in the upload, is not read; [SourcedRow] reads it.
    ///
    /// @throws RowRefused when the line is anything else; the message names the field and the expected and found
    ///     value
    static TextRow parse(String json) {
        return RowJson.parse(json);
    }
}
