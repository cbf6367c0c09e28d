package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.evaluation.v1.Behaviour;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BehaviourLimitTest {
    private static final EvaluationReport GOOD = Trained.report(0.1, 0.85);
    private static final Behaviour FORGETTING = Behaviour.newBuilder()
            .setArm("tuned")
            .setBaseArm("base")
            .setKind(BehaviourKind.FORGETTING)
            .setProbe("general texts")
            .setName("loss")
            .setDifference(0.2)
            .setLow(0.15)
            .setHigh(0.25)
            .setVerdict(Verdict.WORSE)
            .setWords(
                    "tuned, forgetting: loss 3.100 on general texts, base 2.900: worse by 0.200 [0.150, 0.250] (64 rows)")
            .build();

    private static ApprovalPolicy.Verdict judge(String limit, Behaviour... behaviours) {
        EvaluationReport report =
                GOOD.toBuilder().addAllBehaviours(List.of(behaviours)).build();
        return ApprovalPolicyTest.DEFAULT
                .within(List.of(limit))
                .judge(Evaluation.newBuilder().setReport(report).build(), Optional.empty());
    }

    @Test
    void aModelThatForgetsTooMuchIsHeldWithTheNumberAndItsInterval() {
        ApprovalPolicy.Verdict held = judge("forgetting at-most 0.1", FORGETTING);

        assertThat(held.approved()).isFalse();
        assertThat(held.reasons().getFirst()).isEqualTo(FORGETTING.getWords() + "; at most 0.1 is allowed");
        assertThat(held.reasons().get(1)).startsWith("tuned better than base");
        assertThat(judge("forgetting at-most 0.2", FORGETTING).approved()).isTrue();
        assertThat(judge("forgetting at-most 0.2", FORGETTING).reasons()).contains(FORGETTING.getWords());
    }

    @Test
    void notWorseGoesByTheIntervalAndTheOtherArmsDoNotCount() {
        Behaviour other = FORGETTING.toBuilder().setArm("approved").build();
        Behaviour unclear =
                FORGETTING.toBuilder().setVerdict(Verdict.NOT_DISTINGUISHABLE).build();
        assertThat(judge("forgetting not-worse", FORGETTING).approved()).isFalse();
        assertThat(judge("forgetting not-worse", unclear, other).approved()).isTrue();
        assertThat(judge("forgetting not-worse", other).approved()).isFalse();
    }

    @Test
    void ofANumberWhereMoreIsBetterTheLossCounts() {
        Behaviour json = FORGETTING.toBuilder()
                .setKind(BehaviourKind.DRIFT)
                .setName("valid JSON")
                .setHigherIsBetter(true)
                .setDifference(-0.3)
                .build();
        assertThat(judge("drift at-most 0.2 on valid JSON", json).approved()).isFalse();
        assertThat(judge("drift at-most 0.3 on valid JSON", json).approved()).isTrue();
        Behaviour better =
                json.toBuilder().setDifference(0.3).setVerdict(Verdict.BETTER).build();
        assertThat(judge("drift at-most 0", better).approved()).isTrue();
    }

    @Test
    void aNumberWithoutAGoodSideCountsOnlyWhereItIsNamed() {
        Behaviour length = FORGETTING.toBuilder()
                .setKind(BehaviourKind.DRIFT)
                .setName("reply tokens")
                .setDifference(-40)
                .setVerdict(Verdict.VERDICT_UNSPECIFIED)
                .build();
        Behaviour ended = length.toBuilder()
                .setName("ended before the limit")
                .setHigherIsBetter(true)
                .setDifference(0)
                .setVerdict(Verdict.NOT_DISTINGUISHABLE)
                .build();
        assertThat(judge("drift at-most 0", length, ended).approved()).isTrue();
        assertThat(judge("drift at-most 30 on reply tokens", length, ended).approved())
                .isFalse();
    }

    @Test
    void whatWasNotMeasuredHoldsAndNoMemoryToBeSeenDoesNot() {
        assertThat(judge("unsafe-answers not-worse", FORGETTING).reasons().getFirst())
                .isEqualTo("limit \"unsafe-answers not-worse\": it was not measured; a run measures it with"
                        + " --eval-behaviour unsafe-answers");
        Behaviour unmeasured = Behaviour.newBuilder()
                .setArm("tuned")
                .setKind(BehaviourKind.MEMORISATION)
                .setUnmeasured("there is no dataset version x")
                .setWords("tuned, memorisation: there is no dataset version x")
                .build();
        assertThat(judge("memorisation at-most 0", unmeasured).approved()).isFalse();
        Behaviour tooShort =
                unmeasured.toBuilder().setVerdict(Verdict.NOT_DISTINGUISHABLE).build();
        assertThat(judge("memorisation at-most 0", tooShort).approved()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "forgetting | expected \"KIND at-most NUMBER [on MEASURE]\" or \"KIND not-worse [on MEASURE]\"",
                "forgetting at-most | expected \"KIND at-most NUMBER [on MEASURE]\" or \"KIND not-worse [on MEASURE]\"",
                "forgetting not-worse loss | expected \"KIND at-most NUMBER [on MEASURE]\" or \"KIND not-worse [on MEASURE]\"",
                "forgetting at-most much | expected a number after \"at-most\", got \"much\"",
                "forgetting at-most -1 | expected a number of 0 or more after \"at-most\", got \"-1\"",
                "dreams not-worse | expected generalisation or forgetting or memorisation or over-refusal or unsafe-answers"
                        + " or drift as the first word, got \"dreams\""
            })
    void whatIsNoLimitIsNamed(String text, String problem) {
        assertThatThrownBy(() -> BehaviourLimit.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("registry.policy.behaviour: \"" + text + "\": " + problem);
    }
}
