package dev.finetide.worker.evaluate;

import java.util.List;

/// A way in which a model's answers come about.
interface Asking {
    /// Returns one reply a row, in the order of the rows.
    List<Reply> ask(List<PromptedRow> rows);

    /// Returns what this way itself does with a reply's text, as a sentence that begins with a space;
    /// empty for nothing.
    default String describe() {
        return "";
    }
}
