package dev.finetide.kit.auth;

import io.grpc.Context;
import io.grpc.ServerCall;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/// A call that begins when something else is over, such as a fetch of keys. No thread waits for it. The
/// client's messages stay where they are, because nobody has asked for one.
final class LateCall<Q> extends ServerCall.Listener<Q> {
    private ServerCall.Listener<Q> begun;
    private boolean ready;
    private boolean halfClosed;
    private boolean over;

    private LateCall() {}

    /// Begins a call on the thread that it belongs to, as soon as the future is done, however it ends.
    static <Q> ServerCall.Listener<Q> after(CompletableFuture<Void> awaited, Supplier<ServerCall.Listener<Q>> start) {
        LateCall<Q> call = new LateCall<>();
        io.vertx.core.Context loop = Vertx.currentContext();
        Executor own = loop == null ? Runnable::run : task -> loop.runOnContext(ignored -> task.run());
        Runnable begin = Context.current().wrap(() -> call.begin(start));
        awaited.whenComplete((done, failure) -> own.execute(begin));
        return call;
    }

    private synchronized void begin(Supplier<ServerCall.Listener<Q>> start) {
        if (over) {
            return;
        }
        begun = start.get();
        if (ready) {
            begun.onReady();
        }
        if (halfClosed) {
            begun.onHalfClose();
        }
    }

    @Override
    public synchronized void onMessage(Q message) {
        begun.onMessage(message);
    }

    @Override
    public synchronized void onHalfClose() {
        halfClosed = true;
        if (begun != null) {
            begun.onHalfClose();
        }
    }

    @Override
    public synchronized void onCancel() {
        over = true;
        if (begun != null) {
            begun.onCancel();
        }
    }

    @Override
    public synchronized void onComplete() {
        over = true;
        if (begun != null) {
            begun.onComplete();
        }
    }

    @Override
    public synchronized void onReady() {
        ready = true;
        if (begun != null) {
            begun.onReady();
        }
    }
}
