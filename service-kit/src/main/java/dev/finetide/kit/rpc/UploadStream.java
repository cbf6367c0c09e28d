package dev.finetide.kit.rpc;

import com.google.protobuf.Message;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Reads the messages of a client stream. Asks for a message only when the previous one was taken, so that an upload of
/// any size costs one message of memory. Read by one thread.
public final class UploadStream<P extends Message> {
    private static final long LONGEST_PAUSE_SECONDS = 300;

    /// Time between two looks at whether somebody waits for this upload's place.
    private static final long LOOK_NANOS = 250_000_000;

    /// Makes the call's answer out of the client's messages; what it throws becomes the call's status.
    public interface Work<P extends Message, A> {
        A answer(UploadStream<P> upload) throws Exception;
    }

    private sealed interface Arrival<P> {}

    private record Part<P>(P message) implements Arrival<P> {}

    private record End<P>() implements Arrival<P> {}

    private record Broken<P>() implements Arrival<P> {}

    private final Call<?> call;
    private final ServerCallStreamObserver<?> client;
    private final RequestRules rules;
    private final LinkedBlockingQueue<Arrival<P>> arrivals = new LinkedBlockingQueue<>();
    private boolean ended;
    private Optional<Places.Place> place = Optional.empty();

    UploadStream(Call<?> call, ServerCallStreamObserver<?> client, RequestRules rules) {
        this.call = call;
        this.client = client;
        this.rules = rules;
        client.disableAutoRequest();
    }

    /// Gives the place back early if the client is too slow and others wait.
    void holds(Places.Place held) {
        place = Optional.of(held);
    }

    /// Returns the observer to which gRPC delivers the client's messages.
    StreamObserver<P> receiver() {
        return new StreamObserver<>() {
            @Override
            public void onNext(P message) {
                arrivals.add(new Part<>(message));
            }

            @Override
            public void onError(Throwable cancelled) {
                arrivals.add(new Broken<>());
            }

            @Override
            public void onCompleted() {
                arrivals.add(new End<>());
            }
        };
    }

    /// Returns the next message; empty once the client has sent all.
    ///
    /// @throws dev.finetide.kit.error.ApiException the message breaks a rule of [RequestRules]
    /// @throws IOException the client has gone, or its deadline has passed
    /// @throws io.grpc.StatusRuntimeException the client was silent for too long
    public Optional<P> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        client.request(1);
        return switch (arrival()) {
            case Part<P>(P message) -> {
                place.ifPresent(held -> held.received(message.getSerializedSize()));
                rules.check(message);
                yield Optional.of(message);
            }
            case End<P> _ -> {
                ended = true;
                yield Optional.empty();
            }
            case Broken<P> _ -> throw new IOException("the client has gone in the middle of its upload");
        };
    }

    private Arrival<P> arrival() throws IOException {
        try {
            return call.interruptibly(() -> {
                long last = System.nanoTime();
                for (long silent = 0; silent < TimeUnit.SECONDS.toNanos(LONGEST_PAUSE_SECONDS); ) {
                    Arrival<P> arrival = arrivals.poll(LOOK_NANOS, TimeUnit.NANOSECONDS);
                    long now = System.nanoTime();
                    boolean mustLeave = place.isPresent() && place.get().mustLeaveAfter(now - last);
                    if (mustLeave && !(arrival instanceof End<P>)) {
                        throw Status.UNAVAILABLE
                                .withDescription(
                                        "the upload was too slow while others waited for its place, send it again")
                                .asRuntimeException();
                    }
                    if (arrival != null) {
                        return arrival;
                    }
                    silent += now - last;
                    last = now;
                }
                throw Status.DEADLINE_EXCEEDED
                        .withDescription("the upload stood still for " + LONGEST_PAUSE_SECONDS + " s")
                        .asRuntimeException();
            });
        } catch (InterruptedException over) {
            throw new IOException("the call has ended in the middle of an upload", over);
        }
    }
}
