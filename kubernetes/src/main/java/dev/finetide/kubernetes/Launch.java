package dev.finetide.kubernetes;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/// What this process has done about one attempt, and told of it. Thread-safe.
final class Launch {
    final String name;
    final String resource;
    final int attempt;

    /// Held by whoever does something about it to the cluster.
    final Lock callLock = new ReentrantLock();

    private Instant doneAt;
    private boolean done;
    private boolean stopping;
    private boolean seen;
    private boolean told;
    private Optional<ApiTrouble> trouble = Optional.empty();

    Launch(String name, String resource, int attempt, Instant now) {
        this.name = name;
        this.resource = resource;
        this.attempt = attempt;
        this.doneAt = now;
    }

    /// The API server has done what it was asked.
    synchronized void done(Instant when) {
        done = true;
        doneAt = when;
        trouble = Optional.empty();
    }

    synchronized boolean isDone() {
        return done;
    }

    synchronized Instant doneAt() {
        return doneAt;
    }

    synchronized void failed(ApiTrouble why) {
        trouble = Optional.of(why);
    }

    synchronized Optional<ApiTrouble> trouble() {
        return trouble;
    }

    synchronized void stop() {
        stopping = true;
    }

    synchronized boolean isStopping() {
        return stopping;
    }

    /// An informer has shown its Job: when it shows it no more, it is gone.
    synchronized void seen() {
        seen = true;
    }

    synchronized boolean isSeen() {
        return seen;
    }

    /// Whether this is the first time its exit is told.
    synchronized boolean tell() {
        boolean first = !told;
        told = true;
        return first;
    }

    synchronized boolean isTold() {
        return told;
    }
}
