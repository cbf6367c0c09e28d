package dev.finetide.cli.platform;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/// Makes errors as the services do: google.rpc.Status with details.
public final class Refusals {
    private Refusals() {}

    /// @param fields alternating names and descriptions of field violations
    public static StatusRuntimeException refusal(Code code, String reason, String message, String... fields) {
        Status.Builder status = Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(message)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(reason)
                        .setDomain("finetide.dev")
                        .build()));
        BadRequest.Builder bad = BadRequest.newBuilder();
        for (int i = 0; i < fields.length; i += 2) {
            bad.addFieldViolationsBuilder().setField(fields[i]).setDescription(fields[i + 1]);
        }
        if (fields.length > 0) {
            status.addDetails(Any.pack(bad.build()));
        }
        return StatusProto.toStatusRuntimeException(status.build());
    }

    public static StatusRuntimeException notFound(String name) {
        return refusal(Code.NOT_FOUND, "RESOURCE_NOT_FOUND", name + " does not exist");
    }
}
