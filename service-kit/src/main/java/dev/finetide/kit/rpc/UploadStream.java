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

    UploadStream(Call<?> call, ServerCallStreamObserver<?> client, RequestRules rules) {
        this.call = call;
        this.client = client;
        this.rules = rules;
        client.disableAutoRequest();
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
    public Optional<P> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        client.request(1);
        return switch (arrival()) {
            case Part<P>(P message) -> {
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
        Arrival<P> arrival;
        try {
            arrival = call.interruptibly(() -> arrivals.poll(LONGEST_PAUSE_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException over) {
            throw new IOException("the call has ended in the middle of an upload", over);
        }
        if (arrival == null) {
            throw Status.DEADLINE_EXCEEDED
                    .withDescription("the upload stood still for " + LONGEST_PAUSE_SECONDS + " s")
                    .asRuntimeException();
        }
        return arrival;
    }
}
