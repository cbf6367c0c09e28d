package dev.finetide.kit.watch;

import java.util.Iterator;

/// The values of a server stream. One thread reads them, as fast as the client takes them; both methods may block. An
/// interrupt means that the call has ended.
public interface WatchSource<U> extends Iterator<U>, AutoCloseable {
    @Override
    default void close() {}
}
