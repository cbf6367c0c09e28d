package dev.finetide.kit.rule;

import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException.FieldViolation;
import java.util.List;

/// Checks the rules of a service that concern several fields of a request, which no schema can express. A service
/// provides them as a bean, and a refusal names their violations together with those that [FieldRules] finds.
public interface CrossFieldRules {
    /// Returns what breaks a rule in the request; nothing for a request of another kind.
    List<FieldViolation> violations(Message request);
}
