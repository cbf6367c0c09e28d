package dev.finetide.cli.client;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.embedded.Stopwatch;
import dev.finetide.proto.tls.Channels;
import dev.finetide.proto.tls.Endpoint;
import dev.finetide.proto.tls.LostConnection;
import io.grpc.ConnectivityState;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.AbstractBlockingStub;
import io.grpc.stub.AbstractStub;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/// Client of one service. Calls have a deadline, and are repeated while the service restarts. Repeating does no
/// harm: the CLI sends only reads, creates with a `request_id`, and verbs that change nothing the second time.
///
/// Not thread-safe.
public final class ServiceClient<S extends AbstractBlockingStub<S>> implements AutoCloseable {
    /// A server stream that can be opened again at the point where it was cut.
    public interface Resumable<S, U> {
        /// Opens the stream after the last message that was received.
        Iterator<U> open(S stub);

        /// @return whether this was the last message
        boolean on(U message);

        /// @return whether a stream that the service ended is complete; otherwise it was cut
        default boolean onEnd() {
            return false;
        }
    }

    /// A call over streams, such as an upload. The whole call starts again if the service becomes unreachable.
    public interface Attempt<V, T> {
        T run(V stub) throws StatusException, InterruptedException;
    }

    private static final int MAX_MESSAGE_BYTES = 32 << 20;
    private static final Duration LONGEST_ANSWER = Duration.ofHours(12);
    private static final long FIRST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 2_000;

    private final String service;
    private final Supplier<String> address;
    private final Tokens tokens;
    private final Channels channels;
    private final Function<ManagedChannel, S> stubs;
    private String endpoint = "";
    private ManagedChannel channel;
    private final Timeouts timeouts;
    private final PrintWriter notes;

    /// @param tokens  what the caller proves itself with, by the address
    /// @param channels opens the connection
    /// @param address the service's address, asked for again while the service is away; empty if unknown
    ServiceClient(
            String service,
            Supplier<String> address,
            Tokens tokens,
            Channels channels,
            Function<ManagedChannel, S> stubs,
            Timeouts timeouts,
            PrintWriter notes) {
        this.service = service;
        this.address = address;
        this.tokens = tokens;
        this.channels = channels;
        this.timeouts = timeouts;
        this.notes = notes;
        this.stubs = stubs;
    }

    /// Makes one unary call.
    ///
    /// @throws CommandFailedException UNREACHABLE if the service stays unreachable
    /// @throws StatusRuntimeException if the service answers with another error
    public <T> T call(Function<S, T> rpc) {
        return call(rpc, timeouts.call(), timeouts.answer());
    }

    /// Makes one unary call of a client that waits, which is as patient as a stream.
    public <T> T callPatiently(Function<S, T> rpc) {
        return call(rpc, timeouts.stream(), timeouts.answer());
    }

    /// Makes one unary call whose work grows with the data, such as a pass over all rows.
    public <T> T callSlow(Function<S, T> rpc) {
        return call(rpc, timeouts.call(), LONGEST_ANSWER);
    }

    private <T> T call(Function<S, T> rpc, Duration patience, Duration answer) {
        Outage outage = new Outage(patience);
        while (true) {
            try {
                return rpc.apply(stubs.apply(connected()).withDeadlineAfter(answer.toMillis(), TimeUnit.MILLISECONDS));
            } catch (StatusRuntimeException failure) {
                outage.waitOrThrow(failure);
            }
        }
    }

    /// Follows a stream to its last message and opens it again after every cut. Gives up when no message has come
    /// for [Timeouts#stream].
    public <U> void follow(Resumable<S, U> stream) {
        Outage outage = new Outage(timeouts.stream());
        while (true) {
            Context.CancellableContext context = Context.current().withCancellation();
            Context outer = context.attach();
            try {
                Iterator<U> messages = stream.open(stubs.apply(connected()));
                while (messages.hasNext()) {
                    U message = messages.next();
                    outage.over();
                    if (stream.on(message)) {
                        return;
                    }
                }
                if (stream.onEnd()) {
                    return;
                }
                outage.waitOrThrow(Status.UNAVAILABLE
                        .withDescription("the stream ended early")
                        .asRuntimeException());
            } catch (StatusRuntimeException failure) {
                outage.waitOrThrow(failure);
            } finally {
                context.detach(outer);
                context.cancel(null);
            }
        }
    }

    /// Runs a call over streams, and starts it again if the service becomes unreachable.
    public <V extends AbstractStub<V>, T> T attempt(Function<ManagedChannel, V> stubs, Attempt<V, T> attempt) {
        Outage outage = new Outage(timeouts.call());
        while (true) {
            Stopwatch began = Stopwatch.start();
            try {
                return attempt.run(stubs.apply(connected()));
            } catch (StatusException failure) {
                if (began.hasPassed(timeouts.call())) {
                    outage.over(); // it was reachable for most of the attempt
                }
                outage.waitOrThrow(new StatusRuntimeException(failure.getStatus(), failure.getTrailers()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw CommandFailedException.failed("interrupted");
            }
        }
    }

    private ManagedChannel connected() {
        // A stack that starts names its services one after the other.
        String now =
                Optional.of(address.get()).filter(named -> !named.isEmpty()).orElse(endpoint);
        if (now.isEmpty()) {
            throw CommandFailedException.unreachable(
                    "no endpoint of the " + service + " is known: set it in the environment (see finetide --help), or"
                            + " start a stack with ./finetide up",
                    null);
        }
        if (!now.equals(endpoint)) {
            close(); // the service has another address than before
            endpoint = now;
            channel = opened().maxInboundMessageSize(MAX_MESSAGE_BYTES)
                    .intercept(tokens.interceptor(endpoint, channels.hasCertificate()))
                    .disableRetry()
                    .build();
        }
        return channel;
    }

    private ManagedChannelBuilder<?> opened() {
        try {
            return channels.open(endpoint);
        } catch (IllegalArgumentException | UncheckedIOException refused) {
            throw CommandFailedException.failed(service + ": " + refused.getMessage());
        }
    }

    @Override
    public void close() {
        if (channel != null) {
            channel.shutdownNow();
        }
    }

    /// Time since the service became unreachable, and the pause before the next try.
    private final class Outage {
        private final Duration longest;
        private Stopwatch since;
        private long pauseMs = FIRST_PAUSE_MS;

        Outage(Duration longest) {
            this.longest = longest;
        }

        void over() {
            since = null;
            pauseMs = FIRST_PAUSE_MS;
        }

        /// Waits if another try can succeed; otherwise throws the failure.
        void waitOrThrow(StatusRuntimeException failure) {
            Status.Code code = failure.getStatus().getCode();
            if (code == Status.Code.DEADLINE_EXCEEDED) {
                throw CommandFailedException.unreachable(
                        service + " at " + endpoint + " did not answer within "
                                + timeouts.answer().toSeconds() + " s",
                        failure);
            }
            if (code != Status.Code.UNAVAILABLE) {
                throw failure;
            }
            if (!isAnswer(failure) && why(failure).isFinal()) {
                throw CommandFailedException.unreachable(away(failure), failure);
            }
            if (since == null) {
                since = Stopwatch.start();
                if (!longest.isZero()) {
                    notes.println("finetide: " + away(failure) + ", trying again for " + longest.toSeconds() + " s");
                    notes.flush();
                }
            }
            if (longest.isZero() || since.hasPassed(longest)) {
                throw CommandFailedException.unreachable(away(failure), failure);
            }
            pause();
        }

        /// Waits for the pause, or until a lost connection is restored.
        private void pause() {
            boolean connected = channel.getState(true) == ConnectivityState.READY;
            Stopwatch waited = Stopwatch.start();
            Duration pause = Duration.ofMillis(pauseMs);
            pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
            try {
                do {
                    Thread.sleep(FIRST_PAUSE_MS);
                    // gRPC's own pause between connects grows to two minutes, and calls fail at once in that time.
                    channel.resetConnectBackoff();
                } while (!waited.hasPassed(pause) && (connected || channel.getState(true) != ConnectivityState.READY));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw CommandFailedException.failed("interrupted");
            }
        }
    }

    private String away(StatusRuntimeException failure) {
        return isAnswer(failure)
                ? service + ": " + failure.getStatus().getDescription()
                : service + " at " + endpoint + " cannot be reached: "
                        + why(failure).reason();
    }

    /// Returns whether the service itself says that it is unavailable.
    private static boolean isAnswer(StatusRuntimeException failure) {
        com.google.rpc.Status details = StatusProto.fromThrowable(failure);
        return details != null && details.getDetailsCount() > 0;
    }

    private LostConnection why(StatusRuntimeException failure) {
        return LostConnection.of(failure.getStatus(), Endpoint.of(endpoint).isTls());
    }
}
