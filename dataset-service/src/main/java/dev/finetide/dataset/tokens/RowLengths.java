package dev.finetide.dataset.tokens;

import dev.finetide.dataset.row.RowFault;

/// Measures rows with a base's own tokenizer and chat template. Safe for use by several threads
/// until it is closed.
public interface RowLengths extends AutoCloseable {
    /// Counts the tokens of a row as it would be trained.
    ///
    /// @param canonicalJson the row as a JSON object in UTF-8
    /// @throws RowFault when the base cannot read the row at all, for example because its chat
    ///     template refuses it
    int tokens(byte[] canonicalJson) throws RowFault;

    /// Returns the largest number of tokens that is asked for: the user's, or the base's context.
    int limit();

    @Override
    void close();
}
