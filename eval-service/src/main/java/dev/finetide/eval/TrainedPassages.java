package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Retriever;
import java.util.ArrayList;
import java.util.List;

/// Compares the passages with which a model's rows were learnt with those with which an arm asks it. An arm
/// without a prompting of its own asks as the model was trained.
final class TrainedPassages {
    private TrainedPassages() {}

    /// Makes an arm of a trained model.
    ///
    /// @param trained passages of the model's rows; none for a model that was trained without
    static EvaluationArm.Builder arm(Arm arm, Retrieval trained) {
        if (trained.getCount() == 0) {
            return EvaluationArm.newBuilder().setArm(arm);
        }
        Arm asked = arm.getPromptingsCount() > 0
                ? arm
                : arm.toBuilder()
                        .addPromptings(Prompting.newBuilder().setRetrieval(trained))
                        .build();
        return EvaluationArm.newBuilder().setArm(asked).setTrainedPassages(trained);
    }

    /// Returns how an arm of a trained model is asked otherwise than its model was trained, a sentence each.
    static List<String> cautions(EvaluationArm arm) {
        Retrieval trained = arm.getTrainedPassages();
        Retrieval asked = PromptingText.prompting(arm).getRetrieval();
        List<String> cautions = new ArrayList<>();
        boolean isModel = switch (arm.getArm().getModel()) {
            case TUNED, MODEL_VERSION -> true;
            default -> false;
        };
        if (!isModel || trained.getCount() == 0 && asked.getCount() == 0) {
            return cautions;
        }
        String name = arm.getArm().getName();
        if (asked.getCount() == 0) {
            cautions.add("%s is asked without passages, and its model was trained with %s"
                    .formatted(name, PromptingText.passages(trained)));
        } else if (trained.getCount() == 0) {
            cautions.add("%s is asked with %s, and its model was trained without passages"
                    .formatted(name, PromptingText.passages(asked)));
        } else if (!sameWay(asked).equals(sameWay(trained))) {
            cautions.add("%s is asked with %s%s, and its model was trained with %s%s"
                    .formatted(
                            name,
                            PromptingText.passages(asked),
                            where(asked),
                            PromptingText.passages(trained),
                            where(trained)));
        }
        return cautions;
    }

    private static Retrieval sameWay(Retrieval retrieval) {
        return retrieval.getRetriever() == Retriever.RETRIEVER_UNSPECIFIED
                ? retrieval.toBuilder().setRetriever(Retriever.BM25).build()
                : retrieval;
    }

    private static String where(Retrieval retrieval) {
        return " in " + (retrieval.getDocuments().isEmpty() ? "the train rows" : retrieval.getDocuments())
                + (retrieval.getTemplate().isEmpty() ? "" : " and a text of its own around them");
    }
}
