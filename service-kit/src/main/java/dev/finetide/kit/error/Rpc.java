package dev.finetide.kit.error;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.proto.errors.v1.ErrorReason;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;

/// How every unary method of every service answers: one value, or one status.
public final class Rpc {
    private Rpc() {}

    /// What makes the answer.
    public interface Work<A> {
        A answer() throws Exception;
    }

    /// Runs `work` and answers with its result or with the status of what it threw; refuses settings this version does
    /// not know, because an ignored setting is a wrong result.
    public static <A> void answer(Message request, StreamObserver<A> observer, Work<A> work) {
        A answer;
        try {
            refuseUnknown(request, "");
            answer = work.answer();
        } catch (Exception | Error failure) {
            observer.onError(GrpcErrors.toStatus(failure));
            return;
        }
        observer.onNext(answer);
        observer.onCompleted();
    }

    /// @throws ApiException UNKNOWN_SETTING for a field number or an enum value that is not in this version's proto
    public static void refuseUnknown(Message message, String path) {
        if (!message.getUnknownFields().asMap().isEmpty()) {
            throw unknown(path + "#"
                    + message.getUnknownFields().asMap().keySet().iterator().next());
        }
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            String field = path.isEmpty()
                    ? entry.getKey().getName()
                    : path + "." + entry.getKey().getName();
            List<?> values = entry.getKey().isRepeated() ? (List<?>) entry.getValue() : List.of(entry.getValue());
            for (Object value : values) {
                if (value instanceof Message nested) {
                    refuseUnknown(nested, field);
                } else if (value instanceof com.google.protobuf.Descriptors.EnumValueDescriptor constant
                        && constant.getIndex() < 0) {
                    throw unknown(field + "=" + constant.getNumber());
                }
            }
        }
    }

    private static ApiException unknown(String field) {
        return ApiException.of(
                ErrorReason.UNKNOWN_SETTING,
                "this version of Finetide does not know the setting " + field,
                "field",
                field);
    }
}
