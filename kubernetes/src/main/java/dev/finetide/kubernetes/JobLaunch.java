package dev.finetide.kubernetes;

import dev.finetide.kit.time.Moment;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/// State of one attempt's Job as this process knows it: created, being stopped, seen, its exit reported. Thread-safe.
final class JobLaunch {
    final String name;
    final String resource;
    final int attempt;

    /// Lock that a call to the API server holds, so that a launch has at most one call at a time.
    final Lock callLock = new ReentrantLock();

    private Moment doneAt;
    private Optional<Moment> deletedAt = Optional.empty();
    private boolean done;
    private boolean stopping;
    private boolean seen;
    private boolean reported;
    private Optional<ApiTrouble> trouble = Optional.empty();

    JobLaunch(String name, String resource, int attempt, Moment now) {
        this.name = name;
        this.resource = resource;
        this.attempt = attempt;
        this.doneAt = now;
    }

    /// Notes that the API server has carried out the last call.
    synchronized void markDone(Moment when) {
        done = true;
        doneAt = when;
        trouble = Optional.empty();
    }

    synchronized boolean isDone() {
        return done;
    }

    synchronized Moment doneAt() {
        return doneAt;
    }

    /// Returns the time of the cluster's clock that counts for a pod's deletion: the request's time, and the time
    /// that has gone by since this process first saw the deletion. The two clocks may differ.
    synchronized Instant deletionTime(Optional<Pod> pod, Moment now) {
        Optional<String> deadline = pod.map(its -> its.getMetadata().getDeletionTimestamp());
        if (deadline.isEmpty()) {
            deletedAt = Optional.empty();
            return Instant.EPOCH;
        }
        if (deletedAt.isEmpty()) {
            deletedAt = Optional.of(now);
        }
        Long grace = pod.get().getMetadata().getDeletionGracePeriodSeconds();
        return Instant.parse(deadline.get())
                .minusSeconds(grace == null ? 0 : grace)
                .plus(now.since(deletedAt.get()));
    }

    synchronized void markFailed(ApiTrouble why) {
        trouble = Optional.of(why);
    }

    synchronized Optional<ApiTrouble> trouble() {
        return trouble;
    }

    synchronized void markStopping() {
        stopping = true;
    }

    synchronized boolean isStopping() {
        return stopping;
    }

    /// Notes that an informer has shown the Job. If the informer shows the Job no more, the Job is gone.
    synchronized void markSeen() {
        seen = true;
    }

    synchronized boolean isSeen() {
        return seen;
    }

    /// Notes that the exit is reported.
    ///
    /// @return whether this is the first report of it
    synchronized boolean markReported() {
        boolean first = !reported;
        reported = true;
        return first;
    }

    synchronized boolean isReported() {
        return reported;
    }
}
