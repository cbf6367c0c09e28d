package dev.finetide.embedded;

import java.io.IOException;

/// A part did not become ready. The message names the part, the reason and its log.
public final class StartFailedException extends IOException {

    private static final long serialVersionUID = 1;

    public StartFailedException(String message) {
        super(message);
    }
}
