package dev.finetide.kit.watch;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// Reads a watch on a thread of its own, as a client would, and keeps what it gets.
final class Watcher implements AutoCloseable {
    private final List<Long> seen = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean ended;
    private volatile Optional<RuntimeException> failure = Optional.empty();

    Watcher(WatchSource<Long> source) {
        this.thread = Thread.startVirtualThread(() -> {
            try (source) {
                while (source.hasNext()) {
                    seen.add(source.next());
                }
                ended = true;
            } catch (RuntimeException e) {
                failure = Optional.of(e);
            }
        });
    }

    List<Long> seen() {
        return seen;
    }

    boolean hasEnded() {
        return ended;
    }

    Optional<RuntimeException> failure() {
        return failure;
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
