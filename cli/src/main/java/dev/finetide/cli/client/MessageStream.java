package dev.finetide.cli.client;

import io.grpc.stub.AbstractBlockingStub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;

/// Reads the messages of a stream in their order. A stream that was cut is opened again and goes on after the last
/// message that came.
///
/// @param <S> stub of the service
/// @param <M> message
public final class MessageStream<S extends AbstractBlockingStub<S>, M> implements ServiceClient.Resumable<S, M> {
    /// Opens the stream.
    public interface Opening<S, M> {
        /// @param received number of messages that came before the cut
        Iterator<M> open(S stub, long received);
    }

    /// Takes one message.
    public interface Taker<M> {
        void take(M message) throws IOException;
    }

    private final Opening<S, M> opening;
    private final boolean beginsAgain;
    private final long most;
    private final Taker<M> taker;
    private long received;
    private long toSkip;

    private MessageStream(Opening<S, M> opening, boolean beginsAgain, long most, Taker<M> taker) {
        this.opening = opening;
        this.beginsAgain = beginsAgain;
        this.most = most;
        this.taker = taker;
    }

    /// Reads a stream to its end.
    ///
    /// @param beginsAgain whether a stream that is opened again begins with its first message; those that came are
    ///     passed over then
    /// @param most number of messages after which the stream is left; 0 for all
    /// @throws IOException if the taker throws it
    public static <S extends AbstractBlockingStub<S>, M> void read(
            ServiceClient<S> service, Opening<S, M> opening, boolean beginsAgain, long most, Taker<M> taker)
            throws IOException {
        try {
            service.follow(new MessageStream<>(opening, beginsAgain, most, taker));
        } catch (UncheckedIOException unwritable) {
            throw unwritable.getCause();
        }
    }

    @Override
    public Iterator<M> open(S stub) {
        toSkip = beginsAgain ? received : 0;
        return opening.open(stub, received);
    }

    @Override
    public boolean on(M message) {
        if (toSkip > 0) {
            toSkip--;
            return false;
        }
        received++;
        try {
            taker.take(message);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return most == received;
    }

    @Override
    public boolean onEnd() {
        return true;
    }
}
