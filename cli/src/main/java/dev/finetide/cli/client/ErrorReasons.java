package dev.finetide.cli.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.protobuf.StatusProto;

/// Reads the reason, such as `DIGEST_MISMATCH`, that a service gave with an error.
public final class ErrorReasons {
    private ErrorReasons() {}

    /// Returns the reason of a failed call; empty if there is none.
    public static String of(Throwable failure) {
        com.google.rpc.Status status = StatusProto.fromThrowable(failure);
        if (status == null) {
            return "";
        }
        for (Any detail : status.getDetailsList()) {
            if (detail.is(ErrorInfo.class)) {
                try {
                    return detail.unpack(ErrorInfo.class).getReason();
                } catch (InvalidProtocolBufferException unreadable) {
                    return "";
                }
            }
        }
        return "";
    }
}
