package dev.finetide.kit.rpc;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.TimeoutException;

/// The client of the call that this thread answers. Long loops ask for it, so that work ends when
/// nobody waits for its answer any more. A call is not interrupted, because it may commit at any
/// moment.
public final class Caller {
    private Caller() {}

    /// Throws if the client has gone or its deadline has passed. Does nothing on a thread that answers
    /// no call.
    ///
    /// @throws StatusRuntimeException DEADLINE_EXCEEDED or CANCELLED
    public static void requirePresent() {
        Context context = Context.current();
        if (context.isCancelled()) {
            throw (context.cancellationCause() instanceof TimeoutException
                            ? Status.DEADLINE_EXCEEDED.withDescription("the caller's deadline has passed")
                            : Status.CANCELLED.withDescription("the caller has gone"))
                    .asRuntimeException();
        }
    }
}
