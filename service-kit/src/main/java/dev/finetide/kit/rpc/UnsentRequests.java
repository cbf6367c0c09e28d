package dev.finetide.kit.rpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Ends calls whose client begins a request and does not send the rest of it, because the part that has
/// come is held in memory: each such call after a time, and the largest of them as soon as all together
/// hold too much. Calls whose request is a stream have their own limits in [UploadStream] and [Places].
@Singleton
public final class UnsentRequests implements ServerInterceptor {
    private static final Context.Key<PartialMessage> PARTIAL = Context.key("finetide.partial-message");

    private final Duration patience;
    private final long budget;
    private final AtomicLong held = new AtomicLong();
    private final Set<Unsent<?>> unsent = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService timer;

    public UnsentRequests() {
        this(Duration.ofSeconds(30), 64L << 20);
    }

    /// @param patience time from the beginning of a call to the end of its request
    /// @param budget   bytes that parts of messages may take together
    UnsentRequests(Duration patience, long budget) {
        this.patience = patience;
        this.budget = budget;
        ScheduledThreadPoolExecutor one = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("unsent-requests").factory());
        one.setRemoveOnCancelPolicy(true);
        this.timer = one;
    }

    @PreDestroy
    void stop() {
        timer.shutdownNow();
    }

    /// Returns the bytes that parts of messages take.
    long held() {
        return held.get();
    }

    /// Returns what counts the bytes of messages that have not come whole. A server has it beside the
    /// interceptor.
    ServerStreamTracer.Factory counting() {
        return new ServerStreamTracer.Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                return new PartialMessage();
            }
        };
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        ServerCall.Listener<Q> listener = next.startCall(call, headers);
        return call.getMethodDescriptor().getType().clientSendsOneMessage()
                ? new Unsent<>(call, listener, Optional.ofNullable(PARTIAL.get()))
                : listener;
    }

    private void endLargest() {
        while (held.get() > budget) {
            Optional<Unsent<?>> largest = unsent.stream().max(Comparator.comparingLong(Unsent::bytes));
            if (largest.isEmpty()) {
                return;
            }
            largest.get()
                    .end(Status.RESOURCE_EXHAUSTED.withDescription(
                            "requests that were not sent to their end took more than " + budget + " bytes"));
        }
    }

    /// Counts the bytes of a call's message that has not come whole.
    private final class PartialMessage extends ServerStreamTracer {
        private long bytes;

        @Override
        public Context filterContext(Context context) {
            return context.withValue(PARTIAL, this);
        }

        @Override
        public void inboundWireSize(long more) {
            synchronized (this) {
                bytes += more;
            }
            if (held.addAndGet(more) > budget) {
                timer.execute(UnsentRequests.this::endLargest);
            }
        }

        @Override
        public void inboundMessageRead(int number, long wireSize, long size) {
            forget();
        }

        @Override
        public void streamClosed(Status status) {
            forget();
        }

        private synchronized void forget() {
            held.addAndGet(-bytes);
            bytes = 0;
        }

        private synchronized long bytes() {
            return bytes;
        }
    }

    /// A call whose handler begins with the end of the request. Before, nobody but this class answers
    /// it.
    private final class Unsent<Q> extends SimpleForwardingServerCallListener<Q> {
        private final ServerCall<Q, ?> call;
        private final Optional<PartialMessage> partial;
        private final AtomicBoolean decided = new AtomicBoolean();
        private final ScheduledFuture<?> end;

        Unsent(ServerCall<Q, ?> call, ServerCall.Listener<Q> listener, Optional<PartialMessage> partial) {
            super(listener);
            this.call = call;
            this.partial = partial;
            unsent.add(this);
            this.end = timer.schedule(
                    () -> end(Status.DEADLINE_EXCEEDED.withDescription(
                            "the request was not sent within " + patience.toSeconds() + " s")),
                    patience.toMillis(),
                    TimeUnit.MILLISECONDS);
        }

        long bytes() {
            return partial.map(PartialMessage::bytes).orElse(0L);
        }

        void end(Status status) {
            unsent.remove(this);
            if (decided.compareAndSet(false, true)) {
                call.close(status, new Metadata());
                partial.ifPresent(PartialMessage::forget);
            }
        }

        private void forget() {
            end.cancel(false);
            unsent.remove(this);
        }

        @Override
        public void onHalfClose() {
            forget();
            if (decided.compareAndSet(false, true)) {
                super.onHalfClose();
            }
        }

        @Override
        public void onCancel() {
            forget();
            super.onCancel();
        }

        @Override
        public void onComplete() {
            forget();
            super.onComplete();
        }
    }
}
