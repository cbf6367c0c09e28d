package dev.finetide.kit.rule;

import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException.FieldViolation;
import java.util.List;

/// The rules of a service's requests that concern several fields, so that no schema can say them. A service has them as
/// a
/// bean: then a refusal names what breaks them together with what [FieldRules] finds.
public interface CrossFieldRules {
    /// Returns what breaks a rule in the request; nothing for a request of another kind.
    List<FieldViolation> violations(Message request);
}
