package dev.finetide.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// The files of one upload, read once, in this order.
public interface UploadedFiles {
    InputStream train() throws IOException;

    /// Returns the user's own test file, if there is one. The unread rest of the train file is skipped.
    Optional<InputStream> test() throws IOException;
}
