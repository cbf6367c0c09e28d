package dev.finetide.kit.rpc;

import com.google.protobuf.Message;
import dev.finetide.kit.watch.WatchSource;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Takes every call into a service: unary calls, watches and uploads. Carries the contexts of gRPC and OpenTelemetry to
/// the thread that works, and checks each request message by [RequestRules]. Ends work when the client has gone or its
/// deadline has passed, and when the service stops ([Stopping]). Turns exceptions into statuses, and counts refusals.
/// Thread-safe.
///
/// Invariant: `finetide.rpc.refusals` counts every call that is answered with an error, once, by method and reason.
/// Calls whose client has gone, and new calls to a service that stops, are not counted. Quarkus counts and times all
/// calls by status code
/// (`grpc.server.processing.duration`).
@Singleton
public final class RpcFunnel {
    private final RequestRules rules;
    private final Stopping stopping;
    private final MeterProvider<Counter> refused;

    public RpcFunnel(RequestRules rules, MeterRegistry meters, Stopping stopping) {
        this.rules = rules;
        this.stopping = stopping;
        this.refused = Counter.builder("finetide.rpc.refusals")
                .description("Calls that were answered with an error")
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
            try (WatchSource<A> source = opening.call()) {
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

    /// Makes one answer out of a stream of messages. Returns immediately, so that the rpc method needs no `@Blocking`.
    public <P extends Message, A> StreamObserver<P> upload(StreamObserver<A> client, UploadStream.Work<P, A> work) {
        return upload(client, new Semaphore(1), work);
    }

    /// Makes one answer out of a stream of messages, as soon as there is a place for it.
    /// The work always begins. If the client has gone before, the upload's first message throws, so that the work
    /// can count the broken upload.
    ///
    /// @param places limit of uploads at the same time: each holds one place while its work runs, and a client that
    ///     waits for a place sends nothing
    public <P extends Message, A> StreamObserver<P> upload(
            StreamObserver<A> client, Semaphore places, UploadStream.Work<P, A> work) {
        Call<A> call = new Call<>(client, this::count, stopping);
        UploadStream<P> upload = new UploadStream<>(call, (ServerCallStreamObserver<A>) client, rules);
        call.startAlways("upload", () -> {
            boolean placed = acquire(places, call);
            try {
                call.send(work.answer(upload));
                call.complete();
            } finally {
                if (placed) {
                    places.release();
                }
            }
        });
        return upload.receiver();
    }

    /// Returns whether there is a place; there is none once the call is over.
    private static boolean acquire(Semaphore places, Call<?> call) {
        try {
            return call.interruptibly(() -> {
                places.acquire();
                return true;
            });
        } catch (InterruptedException over) {
            return false;
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

    private void count(String method, String reason) {
        refused.withTags("method", method, "reason", reason).increment();
    }
}
