package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
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
public record ArmModels(CausalLm base, EngineOptions options, Instant now, Function<EvaluationArm, Path> files) {
    AskedModel open(EvaluationArm arm) {
        return switch (arm.getArm().getModel()) {
            case BASE, ARM_MODEL_UNSPECIFIED, UNRECOGNIZED -> AskedModel.base(base);
            case TUNED, MODEL_VERSION -> trained(arm);
        };
    }

    private AskedModel trained(EvaluationArm arm) {
        Path directory = files.apply(arm);
        return arm.getKind() == ModelKind.FULL_MODEL
                ? AskedModel.full(base, CausalLm.load(directory, options), now)
                : AskedModel.adapter(base, directory, now);
    }
}
