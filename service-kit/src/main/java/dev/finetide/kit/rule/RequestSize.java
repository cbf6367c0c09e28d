package dev.finetide.kit.rule;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.rule.v1.RuleProto;

/// Checks the size of a whole request (`finetide.rule.v1.max_bytes`). Limits of single fields do not bound it: a list
/// of long texts is as large as both limits multiplied.
public final class RequestSize {
    private static final int USUAL = 512 << 10;

    private RequestSize() {}

    /// Returns the most bytes of a request of this kind.
    public static int most(Descriptor request) {
        return request.getOptions().hasExtension(RuleProto.maxBytes)
                ? request.getOptions().getExtension(RuleProto.maxBytes)
                : USUAL;
    }

    /// @throws ApiException RESOURCE_TOO_LARGE
    public static void check(Message request) {
        int most = most(request.getDescriptorForType());
        int bytes = request.getSerializedSize();
        if (bytes > most) {
            throw ApiException.of(
                    ErrorReason.RESOURCE_TOO_LARGE,
                    "expected a request of at most %,d bytes, got %,d".formatted(most, bytes),
                    "largest_bytes",
                    Integer.toString(most),
                    "actual_bytes",
                    Integer.toString(bytes));
        }
    }
}
