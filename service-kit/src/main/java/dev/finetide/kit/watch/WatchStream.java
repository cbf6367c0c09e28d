package dev.finetide.kit.watch;

import dev.finetide.kit.error.GrpcErrors;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Iterator;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// A server stream with back-pressure: values are read from their source only as fast as the client takes them, so that
/// a slow reader costs one value of memory. Called on any thread; the work runs on a virtual thread of its own, because
/// gRPC delivers readiness only after the method has returned.
public final class WatchStream {
    private WatchStream() {}

    /// Where the values come from; may block. Read by one thread.
    public interface Source<U> extends Iterator<U>, AutoCloseable {
        @Override
        default void close() {}
    }

    /// Opens the source; what it throws becomes the call's status.
    public interface Opening<U> {
        Source<U> open() throws Exception;
    }

    public static <U> void serve(StreamObserver<U> observer, Opening<U> opening) {
        ServerCallStreamObserver<U> call = (ServerCallStreamObserver<U>) observer;
        Semaphore ready = new Semaphore(0);
        call.setOnReadyHandler(ready::release);
        Thread reader = Thread.ofVirtual().name("watch").unstarted(() -> {
            try (Source<U> source = opening.open()) {
                while (!call.isCancelled() && source.hasNext()) {
                    while (!call.isReady() && !call.isCancelled()) {
                        // The time-out only guards against a readiness signal that came before the wait.
                        if (ready.tryAcquire(1, TimeUnit.SECONDS)) {
                            ready.drainPermits();
                        }
                    }
                    if (!call.isCancelled()) {
                        call.onNext(source.next());
                    }
                }
                if (!call.isCancelled()) {
                    call.onCompleted();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the client has gone
            } catch (Exception failure) {
                if (!call.isCancelled()) {
                    call.onError(GrpcErrors.toStatus(failure));
                }
            }
        });
        call.setOnCancelHandler(reader::interrupt);
        reader.start();
    }
}
