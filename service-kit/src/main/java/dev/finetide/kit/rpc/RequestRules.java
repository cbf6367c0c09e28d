package dev.finetide.kit.rpc;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.errors.v1.ErrorReason;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;

/// The rules that every request message keeps, whatever it asks for. [RpcFunnel] checks each message here before a
/// service sees it: requests of unary calls and watches, and every message of an upload.
@Singleton
public final class RequestRules {
    /// @throws ApiException the request breaks a rule
    public void check(Message request) {
        refuseUnknown(request, "");
    }

    /// Refuses what this version does not know, because an ignored setting is a wrong result.
    ///
    /// @throws ApiException UNKNOWN_SETTING for a field number or an enum value that is not in this version's proto
    private static void refuseUnknown(Message message, String path) {
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
                } else if (value instanceof EnumValueDescriptor constant && constant.getIndex() < 0) {
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
