package dev.finetide.kit.containers;

import dev.finetide.kit.embedded.Infrastructure;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Registered for every integration test in the profile `containers`: where no engine answers they are skipped.
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
