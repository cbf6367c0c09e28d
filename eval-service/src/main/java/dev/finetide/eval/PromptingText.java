package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.Answering;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import java.util.ArrayList;
import java.util.List;

/// Says in words how an arm is asked: "with instruction 2 and 8 similar examples".
final class PromptingText {
    private PromptingText() {}

    static String of(EvaluationArm arm) {
        return switch (arm.getArm().getModel()) {
            case LINEAR -> "by its words alone";
            case FROZEN -> "before, its answers collected";
            case ENDPOINT -> words(arm, "without any other text");
            case BASE, TUNED, MODEL_VERSION, ARM_MODEL_UNSPECIFIED, UNRECOGNIZED -> words(arm, "as trained");
        };
    }

    /// @param nothing words for an empty prompting
    private static String words(EvaluationArm arm, String nothing) {
        Prompting prompting = prompting(arm);
        List<String> parts = new ArrayList<>();
        String which = arm.getArm().getPromptingsCount() > 1 && arm.hasPreparation()
                ? " " + (arm.getPreparation().getChosen() + 1)
                : "";
        if (!prompting.getSystem().isEmpty()) {
            parts.add("system text" + which);
        }
        if (prompting.getTaskInstruction()) {
            parts.add("the task's instruction");
        } else if (!prompting.getInstruction().isEmpty()) {
            parts.add("instruction" + which);
        }
        if (prompting.getExamples().getCount() > 0) {
            parts.add("%d %s examples"
                    .formatted(
                            prompting.getExamples().getCount(),
                            prompting.getExamples().getChoice() == ExampleChoice.RANDOM ? "random" : "similar"));
        }
        if (prompting.getRetrieval().getCount() > 0) {
            parts.add(passages(prompting.getRetrieval()));
        }
        String asked = parts.isEmpty() ? nothing : "with " + String.join(" and ", parts);
        return arm.getArm().getAnswering() == Answering.CHOOSE ? asked + ", choosing a label" : asked;
    }

    /// Returns passages in words: "3 passages looked up by meaning".
    static String passages(Retrieval retrieval) {
        String how = switch (retrieval.getRetriever()) {
            case DENSE -> "by meaning";
            case FUSED -> "by words and meaning";
            case BM25, RETRIEVER_UNSPECIFIED, UNRECOGNIZED -> "by words";
        };
        return "%d %s looked up %s"
                .formatted(retrieval.getCount(), retrieval.getCount() == 1 ? "passage" : "passages", how);
    }

    /// Returns the prompting that the worker has chosen, or before the choice the first one.
    static Prompting prompting(EvaluationArm arm) {
        if (arm.hasPreparation()) {
            return arm.getPreparation().getPrompting();
        }
        return arm.getArm().getPromptingsCount() == 0
                ? Prompting.getDefaultInstance()
                : arm.getArm().getPromptings(0);
    }
}
