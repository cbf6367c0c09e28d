package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.worker.evaluate.endpoint.ChatEndpoint;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Function;

/// Opens the models of arms over one loaded base. Adapters are attached to the base; a full model is
/// loaded beside it for as long as its arm is asked.
///
/// @param base loaded base, whose rendering is the evaluation's
/// @param options options with which full models are loaded
/// @param now time that chat templates see as now
/// @param files fetches the files of an arm's model and returns their directory
/// @param outside where the answers of other arms come from
public record ArmModels(
        CausalLm base,
        EngineOptions options,
        Instant now,
        Function<EvaluationArm, Path> files,
        OutsideSources outside) {
    /// Whether an arm's answers come from outside of the engine.
    static boolean isOutside(EvaluationArm arm) {
        return switch (arm.getArm().getModel()) {
            case BASE, TUNED, MODEL_VERSION, ARM_MODEL_UNSPECIFIED, UNRECOGNIZED -> false;
            case ENDPOINT, FROZEN, LINEAR -> true;
        };
    }

    AskedModel open(EvaluationArm arm) {
        return switch (arm.getArm().getModel()) {
            case TUNED, MODEL_VERSION -> trained(arm);
            default -> AskedModel.base(base);
        };
    }

    private AskedModel trained(EvaluationArm arm) {
        Path directory = files.apply(arm);
        return arm.getKind() == ModelKind.FULL_MODEL
                ? AskedModel.full(base, CausalLm.load(directory, options), now)
                : AskedModel.adapter(base, directory, now);
    }

    /// Opens the source of an arm's answers.
    ///
    /// @throws IllegalArgumentException when it cannot answer the rows
    OutsideModel outside(EvaluationArm arm, EvaluationData data) {
        OutsideResults results = new OutsideResults(base, AskedModel.base(base).encoder(), data.measuring());
        return switch (arm.getArm().getModel()) {
            case ENDPOINT -> {
                boolean knowsForm = arm.getArm().getPromptingsList().stream()
                        .anyMatch(prompting -> prompting.getExamples().getCount() > 0);
                Endpoint endpoint = arm.getArm().getEndpoint();
                yield new EndpointModel(
                        endpoint,
                        new ChatEndpoint(endpoint, outside.keys(), outside.patience()),
                        results,
                        data.longestReply(knowsForm));
            }
            case FROZEN ->
                new FrozenModel(
                        arm.getArm().getFrozenAnswers(),
                        outside.frozenAnswers().apply(arm),
                        data.rows().size(),
                        results);
            default -> new LinearModel(data, results);
        };
    }
}
