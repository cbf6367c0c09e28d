package dev.finetide.dataset.recipe;

import dev.finetide.dataset.tokens.RowLengths;
import dev.finetide.proto.dataset.v1.LengthLimit;
import dev.finetide.proto.dataset.v1.RelabelStep;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/// Gives steps what they need besides rows.
interface StepInputs {
    /// Returns a directory for temporary files.
    Path scratch();

    /// Opens the file of a relabelling.
    InputStream labels(RelabelStep step) throws IOException;

    /// Loads the tokenizer and the chat template of a base.
    RowLengths lengths(LengthLimit limit);
}
