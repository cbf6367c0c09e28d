package dev.finetide.eval;

import dev.finetide.blobs.Sha256;
import dev.finetide.kit.rule.OutsideArmRules;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.training.v1.EvaluationConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;

/// Makes the keys of arms: equal keys mean that everything that decides an arm's answers is equal, so that the
/// answers need not be computed again. The number of tokens that an answer may have belongs to it, so an evaluation
/// whose worker is still to choose this number has no keys.
final class EqualArms {
    private EqualArms() {}

    /// Returns the names of an evaluation's arms by key; empty if the settings do not name max_new_tokens.
    static Map<String, String> keys(Evaluation evaluation) {
        EvaluationConfig config = evaluation.getSpec().getConfig();
        return config.hasMaxNewTokens() ? keys(evaluation, config.getMaxNewTokens()) : Map.of();
    }

    /// Returns the names of the arms that have answered every row, by key.
    static Map<String, String> answered(Evaluation evaluation) {
        return keys(evaluation, evaluation.getRows().getMaxNewTokens());
    }

    private static Map<String, String> keys(Evaluation evaluation, int maxNewTokens) {
        Map<String, String> names = new LinkedHashMap<>();
        for (EvaluationArm arm : evaluation.getArmsList()) {
            if (!arm.hasError()) {
                names.putIfAbsent(
                        key(evaluation, arm, maxNewTokens), arm.getArm().getName());
            }
        }
        return names;
    }

    private static String key(Evaluation evaluation, EvaluationArm arm, int maxNewTokens) {
        EvaluationConfig config = evaluation.getSpec().getConfig().toBuilder()
                .clearArms()
                .clearReuseAnswers()
                .clearBehaviour()
                .setMaxNewTokens(maxNewTokens)
                .build();
        Arm asked = outside(arm.getArm())
                .setAnswering(arm.getArm().getAnswering())
                .addAllPromptings(arm.getArm().getPromptingsList().stream()
                        .filter(prompting -> !prompting.equals(Prompting.getDefaultInstance()))
                        .toList())
                .build();
        MessageDigest digest = Sha256.newDigest();
        for (byte[] part : new byte[][] {
            config.toByteArray(),
            asked.toByteArray(),
            text(evaluation.getDatasetVersion().getDigest()),
            text(evaluation.getSpec().getSplit()),
            text(evaluation.getBase().getDigest()),
            text(arm.getDigest()),
            text(evaluation.getSpec().getRendering().name()),
            text(evaluation.getSpec().getLeaveOutList().toString()),
        }) {
            digest.update(text(part.length + ":"));
            digest.update(part);
        }
        return Sha256.hex(digest);
    }

    /// Returns what an arm outside of the engine is, without what does not change its answers.
    private static Arm.Builder outside(Arm arm) {
        Arm.Builder outside = Arm.newBuilder().setFrozenAnswers(arm.getFrozenAnswers());
        if (OutsideArmRules.isOutside(arm)) {
            outside.setModel(arm.getModel());
        }
        if (arm.hasEndpoint()) {
            outside.setEndpoint(
                    arm.getEndpoint().toBuilder().clearRequestsAtOnce().clearTimeoutSeconds());
        }
        return outside;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
