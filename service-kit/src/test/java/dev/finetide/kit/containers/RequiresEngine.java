package dev.finetide.kit.containers;

import dev.finetide.kit.embedded.Infrastructure;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Skips every integration test of the profile `containers` if no engine answers. Registered for all of them.
public final class RequiresEngine implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (!Infrastructure.isOfImages()) {
            return ConditionEvaluationResult.enabled("on embedded parts");
        }
        return ContainerEngine.missing()
                .map(ConditionEvaluationResult::disabled)
                .orElseGet(() -> ConditionEvaluationResult.enabled("on images"));
    }
}
