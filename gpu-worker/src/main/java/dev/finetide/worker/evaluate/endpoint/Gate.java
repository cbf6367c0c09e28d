package dev.finetide.worker.evaluate.endpoint;

import java.time.Duration;

/// Holds back the requests to one endpoint while it wants none. A pause that the endpoint asks for holds
/// for all requests. Thread-safe.
final class Gate {
    private long openAt = System.nanoTime();
    private boolean abandoned;

    /// Closes the gate for all requests, at least for this time from now.
    synchronized void closeFor(Duration pause) {
        long until = System.nanoTime() + pause.toNanos();
        if (until - openAt > 0) {
            openAt = until;
        }
    }

    /// Lets no request through any more.
    synchronized void abandon() {
        abandoned = true;
        notifyAll();
    }

    /// Waits until the gate is open, and for a pause of the caller's own.
    ///
    /// @return false if no request may go through any more
    synchronized boolean pass(Duration own) throws InterruptedException {
        long ownEnd = System.nanoTime() + own.toNanos();
        while (!abandoned) {
            long now = System.nanoTime();
            long left = Math.max(openAt - now, ownEnd - now);
            if (left <= 0) {
                return true;
            }
            wait(left / 1_000_000 + 1);
        }
        return false;
    }
}
