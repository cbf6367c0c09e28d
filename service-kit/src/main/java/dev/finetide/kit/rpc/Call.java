package dev.finetide.kit.rpc;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.GrpcErrors;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeoutException;

/// Answers one call: holds its client, its context, and the one list of what is caught. Made on the thread on which
/// gRPC calls the method, before the method returns; used by one thread.
///
/// @param <A> the message that the client gets
final class Call<A> {
    /// The work of a call; what it throws becomes the call's status.
    interface Body {
        void run() throws Exception;
    }

    /// Work that may block and that the end of the call interrupts.
    interface Wait<T> {
        T end() throws InterruptedException;
    }

    /// Receives the status by which a client was refused.
    interface Refusals {
        void count(String method, StatusRuntimeException refusal);
    }

    private final StreamObserver<A> client;
    private final Refusals refusals;
    private final Stopping stopping;
    private final String method = CalledMethod.name();
    private final Context context = Context.current();
    private boolean answered;
    private boolean ended;
    private volatile boolean stopped;
    private boolean interruptible;
    private Thread worker = Thread.currentThread();

    Call(StreamObserver<A> client, Refusals refusals, Stopping stopping) {
        this.client = client;
        this.refusals = refusals;
        this.stopping = stopping;
        stopping.enter(this);
        if (client instanceof ServerCallStreamObserver<A> served) {
            // Without a handler, an answer to a client that has gone would throw.
            served.setOnCancelHandler(this::end);
        }
    }

    /// Runs the work on a virtual thread of its own, in this call's contexts: gRPC delivers messages and readiness only
    /// after the method has returned.
    void start(String name, Body body) {
        startAlways(name, () -> {
            if (!isOver()) {
                body.run();
            }
        });
    }

    /// Runs the work as [#start] does, also when the client has gone before.
    void startAlways(String name, Body body) {
        Runnable inContext = io.opentelemetry.context.Context.current().wrap(context.wrap(() -> attempt(body)));
        worker = Thread.ofVirtual().name(name).unstarted(inContext);
        worker.start();
    }

    /// Runs the work on the caller's thread. Does not begin it after the client has gone or its deadline has passed.
    void run(Body body) {
        attempt(() -> {
            if (!isOver()) {
                body.run();
            }
        });
    }

    private void attempt(Body body) {
        try {
            if (stopping.hasBegun()) {
                throw GrpcErrors.stopping();
            }
            body.run();
            if (!answered && hasDeadlinePassed()) {
                refuse(deadlineExceeded());
            }
        } catch (Exception | Error failure) {
            if (hasDeadlinePassed()) {
                refuse(deadlineExceeded());
            } else if (!isOver()) {
                refuse(status(failure));
            }
        } finally {
            stopping.leave(this);
        }
    }

    /// Returns the status of a failure. While the service stops, only refusals are what they seem to be: everything
    /// else fails because the database, the broker or other parts are closed.
    private StatusRuntimeException status(Throwable failure) {
        boolean closedUnderTheCall = stopped || stopping.hasBegun() && !(failure instanceof ApiException);
        return closedUnderTheCall ? GrpcErrors.stopping() : GrpcErrors.toStatus(failure);
    }

    /// Sends a value, unless the call is over.
    void send(A value) {
        if (!isOver()) {
            client.onNext(value);
        }
    }

    void complete() {
        if (!isOver()) {
            answered = true;
            client.onCompleted();
        }
    }

    /// Returns whether the client has gone or its deadline has passed.
    boolean isOver() {
        return context.isCancelled() || client instanceof ServerCallStreamObserver<A> served && served.isCancelled();
    }

    /// Returns whether more values can be sent: the call is not over, and the service does not stop.
    boolean goesOn() {
        return !isOver() && !stopped;
    }

    private boolean hasDeadlinePassed() {
        return context.cancellationCause() instanceof TimeoutException;
    }

    /// Does work that is interrupted when the call is over or the service stops. No other work of the call is ever
    /// interrupted, so that it can clean up: an interrupt closes files and database connections in use.
    ///
    /// @throws InterruptedException the call is over, or the service stops
    <T> T interruptibly(Wait<T> work) throws InterruptedException {
        synchronized (this) {
            if (ended || stopped) {
                throw new InterruptedException("the call is over");
            }
            interruptible = true;
        }
        try {
            return work.end();
        } finally {
            synchronized (this) {
                interruptible = false;
                Thread.interrupted();
            }
        }
    }

    /// Interrupts the call's waiting, because the service stops. The client is told.
    synchronized void stop() {
        stopped = true;
        if (interruptible) {
            worker.interrupt();
        }
    }

    /// @throws StatusRuntimeException UNAVAILABLE if the service has stopped this call
    void requireNotStopped() {
        if (stopped) {
            throw GrpcErrors.stopping();
        }
    }

    private synchronized void end() {
        ended = true;
        if (interruptible) {
            worker.interrupt();
        }
    }

    private void refuse(StatusRuntimeException status) {
        refusals.count(method, status);
        client.onError(status);
    }

    private static StatusRuntimeException deadlineExceeded() {
        return Status.DEADLINE_EXCEEDED
                .withDescription("the caller's deadline has passed")
                .asRuntimeException();
    }
}
