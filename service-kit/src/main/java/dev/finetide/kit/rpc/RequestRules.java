package dev.finetide.kit.rpc;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.kit.rule.CrossFieldRules;
import dev.finetide.kit.rule.FieldRules;
import dev.finetide.kit.rule.RequestSize;
import dev.finetide.kit.rule.StorableTexts;
import dev.finetide.proto.errors.v1.ErrorReason;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Checks the rules that hold for every request message. [RpcFunnel] checks each message here before a service sees it:
/// requests of unary calls and watches, and every message of an upload.
@Singleton
public final class RequestRules {
    private final List<CrossFieldRules> acrossFields;

    @Inject
    RequestRules(@Any Instance<CrossFieldRules> acrossFields) {
        this.acrossFields = acrossFields.stream().toList();
    }

    public RequestRules(CrossFieldRules... acrossFields) {
        this.acrossFields = List.of(acrossFields);
    }

    /// Refuses a request that breaks a rule of the schema, or a rule that concerns several fields.
    ///
    /// @throws ApiException UNKNOWN_SETTING, or INVALID_FIELD with every violation
    public void check(Message request) {
        RequestSize.check(request);
        refuseUnknown(request, "");
        List<FieldViolation> broken = new ArrayList<>(StorableTexts.violations(request));
        broken.addAll(FieldRules.violations(request, ""));
        acrossFields.forEach(rules -> broken.addAll(rules.violations(request)));
        if (!broken.isEmpty()) {
            throw ApiException.invalidFields(broken);
        }
    }

    /// Refuses fields and values that this version does not know, because an ignored setting gives a wrong result.
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
