package dev.finetide.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.JudgeConfig;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.Judgement;
import dev.finetide.proto.evaluation.v1.Judging;
import dev.finetide.proto.evaluation.v1.Preference;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class JudgeReportsTest {
    private static final int TOTAL = 20;
    private static final JudgeConfig CONFIG = JudgeConfig.newBuilder()
            .setEndpoint(Endpoint.newBuilder().setModel("some-judge"))
            .build();

    private final List<JudgeReply> replies = new ArrayList<>();
    private Preference human = Preference.PREFERENCE_UNSPECIFIED;

    private void reply(String arm, int row, boolean first, int ask, Preference preference) {
        replies.add(JudgeReply.newBuilder()
                .setArm(arm)
                .setOther("base")
                .setRow(row)
                .setArmFirst(first)
                .setAsk(ask)
                .setPreference(preference)
                .setHuman(human)
                .setPromptTokens(10)
                .setCompletionTokens(1)
                .setPrice(0.5)
                .setError(preference == Preference.UNANSWERED ? "it is silent" : "")
                .setTotalRows(TOTAL)
                .build());
    }

    private void row(String arm, int row, Preference whenFirst, Preference whenSecond) {
        reply(arm, row, true, 1, whenFirst);
        reply(arm, row, false, 1, whenSecond);
    }

    private void rows(String arm, int from, int to, Preference both) {
        for (int row = from; row < to; row++) {
            row(arm, row, both, both);
        }
    }

    private Judging report(String... arms) {
        return new JudgeReports(CONFIG, List.of(arms), new JudgeReplies(replies))
                .report()
                .build();
    }

    @Test
    void aRowIsWonWhereBothOrdersSayItAndTiedWhereTheyDisagree() {
        rows("tuned", 0, 14, Preference.PREFERS_ARM);
        rows("tuned", 14, 16, Preference.PREFERS_OTHER);
        rows("tuned", 16, 17, Preference.TIE);
        row("tuned", 17, Preference.PREFERS_ARM, Preference.PREFERS_OTHER);
        row("tuned", 18, Preference.TIE, Preference.PREFERS_ARM);
        Judging judging = report("base", "tuned");
        Judgement judgement = judging.getJudgements(0);
        assertThat(judgement.getArm()).isEqualTo("tuned");
        assertThat(judgement.getOther()).isEqualTo("base");
        assertThat(judgement.getRows()).isEqualTo(19);
        assertThat(judgement.getRowsWon()).isEqualTo(14);
        assertThat(judgement.getRowsLost()).isEqualTo(2);
        assertThat(judgement.getRowsTied()).isEqualTo(3);
        assertThat(judgement.getDisagreements()).isEqualTo(2);
        assertThat(judgement.getWinRate().getValue()).isCloseTo(15.5 / 19, within(1e-12));
        assertThat(judgement.getWinRate().getLow()).isBetween(0.5, 0.8);
        assertThat(judgement.getWinRate().getHigh()).isBetween(0.85, 1.0);
        // scipy.stats.binomtest(14, 16, 0.5).pvalue
        assertThat(judgement.getPValue()).isCloseTo(0.004180908203125, within(1e-12));
        assertThat(judgement.getVerdict()).isEqualTo(Verdict.BETTER);
        assertThat(judging.getModel()).isEqualTo("some-judge");
        assertThat(judging.hasAgreement()).isFalse();
    }

    @Test
    void aJudgeThatAlwaysTakesTheFirstAnswerHasOnlyTiesAndABias() {
        for (int row = 0; row < TOTAL; row++) {
            row("tuned", row, Preference.PREFERS_ARM, Preference.PREFERS_OTHER);
        }
        Judging judging = report("base", "tuned");
        assertThat(judging.getFirstPlace().getValue()).isEqualTo(1);
        assertThat(judging.getFirstPlace().getLow()).isGreaterThan(0.9);
        assertThat(judging.getFirstPlace().getRows()).isEqualTo(2 * TOTAL);
        assertThat(judging.getJudgements(0).getRowsTied()).isEqualTo(TOTAL);
        assertThat(judging.getJudgements(0).getDisagreements()).isEqualTo(TOTAL);
        assertThat(judging.getJudgements(0).getVerdict()).isEqualTo(Verdict.NOT_DISTINGUISHABLE);
        assertThat(judging.getJudgements(0).getWinRate().getValue()).isEqualTo(0.5);

        replies.clear();
        rows("tuned", 0, TOTAL, Preference.PREFERS_ARM);
        assertThat(report("base", "tuned").getFirstPlace().getValue()).isEqualTo(0.5);
    }

    @Test
    void rowsWithoutAReadableReplyAreCountedAndLeftOut() {
        rows("tuned", 0, 3, Preference.PREFERS_ARM);
        reply("tuned", 3, true, 1, Preference.UNREADABLE);
        reply("tuned", 3, true, 2, Preference.UNREADABLE);
        reply("tuned", 3, false, 1, Preference.PREFERS_ARM);
        reply("tuned", 4, true, 1, Preference.UNREADABLE);
        reply("tuned", 4, true, 2, Preference.PREFERS_ARM);
        reply("tuned", 4, false, 1, Preference.PREFERS_ARM);
        row("tuned", 5, Preference.UNANSWERED, Preference.PREFERS_ARM);
        Judging judging = report("base", "tuned");
        Judgement judgement = judging.getJudgements(0);
        assertThat(judgement.getRows()).isEqualTo(4);
        assertThat(judgement.getUnreadableRows()).isEqualTo(1);
        assertThat(judgement.getFirstUnreadableRow()).isEqualTo(4);
        assertThat(judgement.getUnansweredRows()).isEqualTo(1);
        assertThat(judgement.getFirstRowError()).isEqualTo("row 6: it is silent");
        assertThat(judging.getRequests()).isEqualTo(14);
        assertThat(judging.getPromptTokens()).isEqualTo(140);
        assertThat(judging.getPrice()).isCloseTo(7, within(1e-12));
    }

    @Test
    void theAgreementWithHumansIsThatOfAllPairs() {
        human = Preference.PREFERS_ARM;
        rows("tuned", 0, 4, Preference.PREFERS_ARM);
        rows("gpt", 0, 1, Preference.PREFERS_OTHER);
        human = Preference.PREFERS_OTHER;
        rows("tuned", 4, 7, Preference.PREFERS_OTHER);
        rows("tuned", 7, 8, Preference.PREFERS_ARM);
        human = Preference.TIE;
        rows("gpt", 1, 3, Preference.TIE);
        row("gpt", 3, Preference.PREFERS_ARM, Preference.PREFERS_OTHER);
        human = Preference.PREFERENCE_UNSPECIFIED;
        rows("gpt", 4, 9, Preference.PREFERS_ARM);
        Judging judging = report("base", "tuned", "gpt");
        assertThat(judging.getAgreement().getLabels()).isEqualTo(12);
        assertThat(judging.getAgreement().getRate().getValue()).isCloseTo(10.0 / 12, within(1e-12));
        // scikit-learn 1.9.1: cohen_kappa_score([0,0,0,0,1,1,1,1,0,2,2,2], [0,0,0,0,0,1,1,1,1,2,2,2]), the human first
        assertThat(judging.getAgreement().getKappa().getValue()).isCloseTo(0.7446808510638298, within(1e-12));
        assertThat(judging.getAgreement().getKappa().getLow())
                .isLessThan(judging.getAgreement().getKappa().getValue());
    }

    @Test
    void equalAnswersAreATieThatCostsNothingAndArmsThatFailedOnlyCost() {
        replies.add(JudgeReply.newBuilder()
                .setArm("tuned")
                .setOther("base")
                .setArmFirst(true)
                .setAsk(1)
                .setPreference(Preference.TIE)
                .setEqualAnswers(true)
                .build());
        replies.add(replies.getFirst().toBuilder().setArmFirst(false).build());
        rows("gone", 0, 3, Preference.PREFERS_ARM);
        Judging judging = report("base", "tuned");
        assertThat(judging.getJudgementsList()).singleElement().satisfies(judgement -> {
            assertThat(judgement.getEqualAnswers()).isEqualTo(1);
            assertThat(judgement.getRowsTied()).isEqualTo(1);
        });
        assertThat(judging.getRequests()).isEqualTo(6);
        assertThat(judging.getPrice()).isCloseTo(3, within(1e-12));
    }

    @Test
    void severalPairsAreJudgedMoreStrictly() {
        rows("a", 0, 6, Preference.PREFERS_ARM);
        rows("b", 0, 6, Preference.PREFERS_ARM);
        Judging judging = report("base", "a", "b");
        assertThat(judging.getJudgements(0).getPValue()).isCloseTo(0.03125, within(1e-12));
        assertThat(judging.getJudgements(0).getAdjustedPValue()).isCloseTo(0.0625, within(1e-12));
        assertThat(judging.getJudgements(0).getVerdict()).isEqualTo(Verdict.NOT_DISTINGUISHABLE);
    }

    @Test
    void theNextWorkerIsToldWhatIsSettled() {
        rows("tuned", 0, 2, Preference.PREFERS_ARM);
        reply("tuned", 2, true, 1, Preference.UNREADABLE);
        reply("tuned", 3, true, 1, Preference.UNREADABLE);
        reply("tuned", 3, true, 2, Preference.UNREADABLE);
        JudgeReplies all = new JudgeReplies(replies);
        assertThat(all.rows())
                .extracting(rows -> rows.getArm() + " " + rows.getArmFirst() + " "
                        + BitSet.valueOf(rows.getSettled().toByteArray()) + " "
                        + BitSet.valueOf(rows.getUnreadable().toByteArray()))
                .containsExactly("tuned true {0, 1, 3} {2, 3}", "tuned false {0, 1} {}");
        assertThat(all.areWholeFor(List.of("tuned"))).isFalse();
        assertThat(all.areWholeFor(List.of())).isTrue();
        replies.clear();
        rows("tuned", 0, TOTAL, Preference.TIE);
        assertThat(new JudgeReplies(replies).areWholeFor(List.of("tuned"))).isTrue();
        assertThat(new JudgeReplies(replies).areWholeFor(List.of("tuned", "gpt")))
                .isFalse();
    }
}
