package dev.finetide.sft.text;

/// One labelled example, as a line of a dataset's shard holds it.
public sealed interface TextRow permits ChatRow, PromptCompletionRow {
    /// Reads one canonical JSON object: `{"messages": […], "tools": […]}` or `{"prompt": "…", "completion":
    /// "…"}`.
    ///
    /// @throws RowRefused when it is something else; the message names the field, what was expected and found
    static TextRow parse(String json) {
        return RowJson.parse(json);
    }
}
