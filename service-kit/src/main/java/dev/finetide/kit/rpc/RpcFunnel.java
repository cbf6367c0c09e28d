package dev.finetide.kit.rpc;

import com.google.protobuf.Message;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.Slots;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.errors.v1.ErrorReason;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Takes every call into a service: unary calls, watches and uploads. Carries the contexts of gRPC and
/// OpenTelemetry to the thread that works, and checks each request message by [RequestRules]. Ends work
/// when the client has gone or its deadline has passed, and when the service stops ([Stopping]). Turns
/// exceptions into statuses, and counts refusals. A watch or an upload has a slot of its project from
/// its beginning to every end. Thread-safe.
///
/// Invariant: `finetide.rpc.refusals` counts every call that is answered with an error, once, by method
/// and reason. Calls whose client has gone, and new calls to a service that stops, are not counted.
/// Quarkus counts and times all calls by status code (`grpc.server.processing.duration`).
/// `finetide.limit.refusals` counts those of a project's limits, by limit and method.
@Singleton
public final class RpcFunnel {
    private final RequestRules rules;
    private final Stopping stopping;
    private final Slots slots;
    private final MeterProvider<Counter> refused;
    private final MeterProvider<Counter> limited;

    public RpcFunnel(RequestRules rules, MeterRegistry meters, Stopping stopping, Slots slots) {
        this.rules = rules;
        this.stopping = stopping;
        this.slots = slots;
        this.refused = Counter.builder("finetide.rpc.refusals")
                .description("Calls that were answered with an error")
                .withRegistry(meters);
        this.limited = Counter.builder("finetide.limit.refusals")
                .description("Calls that were refused because a project used as much as it may")
                .withRegistry(meters);
    }

    /// Answers with one value, on the caller's thread. The work is not interrupted once it has begun, because it may
    /// commit at any moment.
    public <A> void unary(Message request, StreamObserver<A> client, Callable<A> work) {
        Call<A> call = new Call<>(client, this::count, stopping);
        call.run(() -> {
            rules.check(request);
            call.send(work.call());
            call.complete();
        });
    }

    /// Answers with the values of a source, only as fast as the client takes them: a slow reader costs one value of
    /// memory. Returns immediately, so that the rpc method needs no `@Blocking`.
    ///
    /// @param opening opens the source; the source is closed when the call ends
    public <A> void watch(Message request, StreamObserver<A> client, Callable<? extends WatchSource<A>> opening) {
        Call<A> call = new Call<>(client, this::count, stopping);
        Semaphore ready = new Semaphore(0);
        ServerCallStreamObserver<A> stream = (ServerCallStreamObserver<A>) client;
        stream.setOnReadyHandler(ready::release);
        call.start("watch", () -> {
            rules.check(request);
            try (Slots.Slot _ = slots.take(Limit.PARALLEL_STREAMS, "streams at once");
                    WatchSource<A> source = opening.call()) {
                call.interruptibly(() -> {
                    while (call.goesOn() && source.hasNext()) {
                        awaitReadiness(stream, ready);
                        call.send(source.next());
                    }
                    return call;
                });
            }
            call.requireNotStopped();
            call.complete();
        });
    }

    /// Answers with one value that costs much to make, as soon as there is a place for the work.
    /// Returns immediately, so
    /// that the rpc method needs no `@Blocking` and waiting calls take no thread from others.
    public <A> void unary(Message request, StreamObserver<A> client, Places places, Callable<A> work) {
        Call<A> call = new Call<>(client, this::count, stopping);
        call.start("waiting-call", () -> {
            rules.check(request);
            try (Places.Place _ = call.interruptibly(places::enter)) {
                call.send(onPlatformThread(work));
                call.complete();
            }
        });
    }

    /// Does work that computes for long on a thread that the scheduler can take the processor from.
    /// Virtual threads share
    /// a few of those, and keep them while they compute.
    private static <A> A onPlatformThread(Callable<A> work) throws Exception {
        FutureTask<A> task = new FutureTask<>(io.opentelemetry.context.Context.current()
                .wrap(Context.current().wrap(work)));
        Thread.ofPlatform().daemon().name("call").start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception failure -> throw failure;
                case Error failure -> throw failure;
                default -> throw e;
            }
        }
    }

    /// Makes one answer out of a stream of messages, as soon as there is a place for it. Returns
    /// immediately, so that the rpc method needs no `@Blocking`. The work begins unless the project has
    /// no slot. If the client has gone before, the upload's first message throws, so that the work can
    /// count the broken upload.
    ///
    /// @param places limit of uploads at the same time: each holds one place while its work runs, and a client that
    ///     waits for a place sends nothing
    public <P extends Message, A> StreamObserver<P> upload(
            StreamObserver<A> client, Places places, UploadStream.Work<P, A> work) {
        Call<A> call = new Call<>(client, this::count, stopping);
        UploadStream<P> upload = new UploadStream<>(call, (ServerCallStreamObserver<A>) client, rules);
        call.startAlways("upload", () -> {
            try (Slots.Slot _ = slots.take(Limit.PARALLEL_UPLOADS, "uploads at once")) {
                Optional<Places.Place> place = enter(places, call);
                place.ifPresent(upload::holds);
                try {
                    call.send(work.answer(upload));
                    call.complete();
                } finally {
                    place.ifPresent(Places.Place::close);
                }
            }
        });
        return upload.receiver();
    }

    /// Waits for a place; there is none once the call is over.
    private static Optional<Places.Place> enter(Places places, Call<?> call) {
        try {
            return Optional.of(call.interruptibly(places::enter));
        } catch (InterruptedException over) {
            return Optional.empty();
        }
    }

    private static void awaitReadiness(ServerCallStreamObserver<?> stream, Semaphore ready)
            throws InterruptedException {
        while (!stream.isReady() && !stream.isCancelled()) {
            // The time-out only guards against a readiness signal that came before the wait.
            if (ready.tryAcquire(1, TimeUnit.SECONDS)) {
                ready.drainPermits();
            }
        }
    }

    private void count(String method, StatusRuntimeException refusal) {
        String reason = GrpcErrors.reason(refusal);
        refused.withTags("method", method, "reason", reason).increment();
        if (reason.equals(ErrorReason.QUOTA_EXCEEDED.name())) {
            String limit = GrpcErrors.metadata(refusal, "limit").orElse("unknown");
            limited.withTags("method", method, "limit", limit).increment();
        }
    }
}
