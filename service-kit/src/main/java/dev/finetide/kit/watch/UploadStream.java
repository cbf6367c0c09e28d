package dev.finetide.kit.watch;

import dev.finetide.kit.error.GrpcErrors;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.context.Context;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A client stream as something to read from: one message is asked for when the last one was taken,
/// so that an upload of any size costs one message of memory. The work runs on a virtual thread of
/// its own and may block; the rpc method that calls [#serve] returns at once and is not
/// `@Blocking`.
public final class UploadStream<P> {
    private static final long LONGEST_PAUSE_SECONDS = 300;

    private sealed interface Arrival<P> {}

    private record Message<P>(P part) implements Arrival<P> {}

    private record End<P>() implements Arrival<P> {}

    private record Broken<P>() implements Arrival<P> {}

    private final ServerCallStreamObserver<?> call;
    private final LinkedBlockingQueue<Arrival<P>> arrivals = new LinkedBlockingQueue<>();
    private boolean ended;

    private UploadStream(ServerCallStreamObserver<?> call) {
        this.call = call;
    }

    /// Makes the call's answer out of what the client sends; what it throws becomes the call's status.
    public interface Work<P, A> {
        A answer(UploadStream<P> upload) throws Exception;
    }

    public static <P, A> StreamObserver<P> serve(StreamObserver<A> observer, Work<P, A> work) {
        ServerCallStreamObserver<A> call = (ServerCallStreamObserver<A>) observer;
        call.disableAutoRequest();
        // Without a handler a late answer to a client that has gone would throw.
        call.setOnCancelHandler(() -> {});
        UploadStream<P> upload = new UploadStream<>(call);
        Thread.ofVirtual().name("upload").start(Context.current().wrap(() -> upload.run(call, work)));
        return new StreamObserver<>() {
            @Override
            public void onNext(P part) {
                upload.arrivals.add(new Message<>(part));
            }

            @Override
            public void onError(Throwable cancelled) {
                upload.arrivals.add(new Broken<>());
            }

            @Override
            public void onCompleted() {
                upload.arrivals.add(new End<>());
            }
        };
    }

    /// The next message; empty once the client has sent all.
    ///
    /// @throws IOException the client has gone, or has sent nothing for five minutes
    public Optional<P> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        call.request(1);
        return switch (arrival()) {
            case Message<P>(P part) -> Optional.of(part);
            case End<P> end -> {
                ended = true;
                yield Optional.empty();
            }
            case Broken<P> broken -> throw new IOException("the client has gone in the middle of its upload");
        };
    }

    private Arrival<P> arrival() throws IOException {
        try {
            Arrival<P> arrival = arrivals.poll(LONGEST_PAUSE_SECONDS, TimeUnit.SECONDS);
            if (arrival == null) {
                throw Status.DEADLINE_EXCEEDED
                        .withDescription("the upload stood still for " + LONGEST_PAUSE_SECONDS + " s")
                        .asRuntimeException();
            }
            return arrival;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("stopped in the middle of an upload", e);
        }
    }

    private <A> void run(ServerCallStreamObserver<A> call, Work<P, A> work) {
        try {
            A answer = work.answer(this);
            if (!call.isCancelled()) {
                call.onNext(answer);
                call.onCompleted();
            }
        } catch (Exception | StackOverflowError | OutOfMemoryError failure) {
            if (!call.isCancelled()) {
                call.onError(GrpcErrors.toStatus(failure));
            }
        }
    }
}
