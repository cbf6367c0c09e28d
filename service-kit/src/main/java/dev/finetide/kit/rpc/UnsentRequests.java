package dev.finetide.kit.rpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Ends calls whose client begins a request and does not send the rest of it: what has come is held in
/// memory until then. Calls whose request is a stream have their own limit in [UploadStream].
@Singleton
@GlobalInterceptor
public final class UnsentRequests implements ServerInterceptor {
    private final Duration patience;
    private final ScheduledExecutorService timer;

    public UnsentRequests() {
        this(Duration.ofSeconds(30));
    }

    /// @param patience time from the beginning of a call to the end of its request
    UnsentRequests(Duration patience) {
        this.patience = patience;
        ScheduledThreadPoolExecutor one = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("unsent-requests").factory());
        one.setRemoveOnCancelPolicy(true);
        this.timer = one;
    }

    @PreDestroy
    void stop() {
        timer.shutdownNow();
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        ServerCall.Listener<Q> listener = next.startCall(call, headers);
        return call.getMethodDescriptor().getType().clientSendsOneMessage() ? new Timed<>(call, listener) : listener;
    }

    /// A call whose handler begins with the end of the request. Before, nobody but the timer answers
    /// it.
    private final class Timed<Q> extends SimpleForwardingServerCallListener<Q> {
        private final AtomicBoolean decided = new AtomicBoolean();
        private final ScheduledFuture<?> end;

        Timed(ServerCall<Q, ?> call, ServerCall.Listener<Q> listener) {
            super(listener);
            this.end = timer.schedule(
                    () -> {
                        if (decided.compareAndSet(false, true)) {
                            call.close(
                                    Status.DEADLINE_EXCEEDED.withDescription(
                                            "the request was not sent within " + patience.toSeconds() + " s"),
                                    new Metadata());
                        }
                    },
                    patience.toMillis(),
                    TimeUnit.MILLISECONDS);
        }

        @Override
        public void onHalfClose() {
            end.cancel(false);
            if (decided.compareAndSet(false, true)) {
                super.onHalfClose();
            }
        }

        @Override
        public void onCancel() {
            end.cancel(false);
            super.onCancel();
        }

        @Override
        public void onComplete() {
            end.cancel(false);
            super.onComplete();
        }
    }
}
