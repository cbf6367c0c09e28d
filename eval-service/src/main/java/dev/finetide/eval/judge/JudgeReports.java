package dev.finetide.eval.judge;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.stats.Bootstrap;
import dev.finetide.metrics.stats.CohensKappa;
import dev.finetide.metrics.stats.Holm;
import dev.finetide.metrics.stats.Interval;
import dev.finetide.metrics.stats.Sample;
import dev.finetide.metrics.stats.SignTest;
import dev.finetide.metrics.stats.Wilson;
import dev.finetide.proto.evaluation.v1.HumanAgreement;
import dev.finetide.proto.evaluation.v1.JudgeConfig;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.Judgement;
import dev.finetide.proto.evaluation.v1.Judging;
import dev.finetide.proto.evaluation.v1.Preference;
import dev.finetide.proto.evaluation.v1.Score;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.ArrayList;
import java.util.List;

/// Makes the report about a judge from its replies. The same replies always make the same report.
public final class JudgeReports {
    private static final long SEED = 20_260_101;
    private static final double LEVEL = 0.05;
    private static final double EVEN = 0.5;

    private final JudgeConfig config;
    private final List<String> arms;
    private final List<JudgeReply> replies;
    private final Bootstrap bootstrap = new Bootstrap(SEED);

    /// @param arms names of the arms that have not failed, in the order of tables
    /// @param replies all replies; of those about an arm that failed only the costs count
    public JudgeReports(JudgeConfig config, List<String> arms, JudgeReplies replies) {
        this.config = config;
        this.arms = List.copyOf(arms);
        this.replies = replies.replies();
    }

    /// Returns the report without the reason of a judge that failed.
    public Judging.Builder report() {
        List<JudgeReply> paid =
                replies.stream().filter(reply -> !reply.getEqualAnswers()).toList();
        Judging.Builder judging = Judging.newBuilder()
                .setModel(config.getEndpoint().getModel())
                .setRequests(paid.size())
                .setPromptTokens(
                        paid.stream().mapToLong(JudgeReply::getPromptTokens).sum())
                .setCompletionTokens(
                        paid.stream().mapToLong(JudgeReply::getCompletionTokens).sum())
                .setPrice(paid.stream().mapToDouble(JudgeReply::getPrice).sum());
        List<JudgedRow> counting = new ArrayList<>();
        List<Judgement.Builder> judgements = new ArrayList<>();
        for (String arm : arms) {
            List<JudgedRow> rows = JudgedRow.of(replies.stream()
                    .filter(reply -> reply.getArm().equals(arm) && arms.contains(reply.getOther()))
                    .toList());
            if (!rows.isEmpty()) {
                judgements.add(judgement(rows));
                rows.stream().filter(JudgedRow::counts).forEach(counting::add);
            }
        }
        judge(judgements);
        judgements.forEach(judging::addJudgements);
        firstPlace(counting, judging);
        agreement(counting, judging);
        return judging;
    }

    private Judgement.Builder judgement(List<JudgedRow> rows) {
        List<JudgedRow> counting = rows.stream().filter(JudgedRow::counts).toList();
        int won = count(counting, Preference.PREFERS_ARM);
        int lost = count(counting, Preference.PREFERS_OTHER);
        Judgement.Builder judgement = Judgement.newBuilder()
                .setArm(rows.getFirst().whenFirst().getArm())
                .setOther(rows.getFirst().whenFirst().getOther())
                .setRows(counting.size())
                .setRowsWon(won)
                .setRowsLost(lost)
                .setRowsTied(counting.size() - won - lost)
                .setDisagreements(counting.stream().filter(JudgedRow::disagrees).count())
                .setEqualAnswers(rows.stream().filter(JudgedRow::isEqual).count())
                .setCutRows(rows.stream().filter(JudgedRow::isCut).count())
                .setPValue(SignTest.pValue(won, lost));
        if (!counting.isEmpty()) {
            judgement.setWinRate(winRate(counting));
        }
        List<JudgedRow> unreadable =
                rows.stream().filter(row -> row.has(Preference.UNREADABLE)).toList();
        List<JudgedRow> unanswered = rows.stream()
                .filter(row -> row.has(Preference.UNANSWERED) && !row.has(Preference.UNREADABLE))
                .toList();
        judgement.setUnreadableRows(unreadable.size()).setUnansweredRows(unanswered.size());
        if (!unreadable.isEmpty()) {
            judgement.setFirstUnreadableRow(unreadable.getFirst().row() + 1);
        }
        if (!unanswered.isEmpty()) {
            judgement.setFirstRowError("row " + (unanswered.getFirst().row() + 1) + ": "
                    + unanswered.getFirst().error());
        }
        return judgement;
    }

    private static int count(List<JudgedRow> rows, Preference preference) {
        return (int) rows.stream().filter(row -> row.preference() == preference).count();
    }

    private Score winRate(List<JudgedRow> rows) {
        double[][] points = rows.stream()
                .map(row -> new double[] {
                    switch (row.preference()) {
                        case PREFERS_ARM -> 1;
                        case PREFERS_OTHER -> 0;
                        default -> EVEN;
                    }
                })
                .toArray(double[][]::new);
        boolean ties = rows.stream().anyMatch(row -> row.preference() == Preference.TIE);
        Sample sample = Sample.of(ties ? Aggregate.MEAN : Aggregate.YES_NO, true, points, bootstrap);
        return score(sample.value(), sample.interval(), rows.size());
    }

    /// Sets the verdict of each pair, after Holm's correction over all pairs.
    private static void judge(List<Judgement.Builder> judgements) {
        double[] adjusted = Holm.adjust(
                judgements.stream().mapToDouble(Judgement.Builder::getPValue).toArray());
        for (int i = 0; i < adjusted.length; i++) {
            Judgement.Builder judgement = judgements.get(i);
            boolean shown = adjusted[i] < LEVEL;
            judgement
                    .setAdjustedPValue(adjusted[i])
                    .setVerdict(
                            !shown
                                    ? Verdict.NOT_DISTINGUISHABLE
                                    : judgement.getRowsWon() > judgement.getRowsLost()
                                            ? Verdict.BETTER
                                            : Verdict.WORSE);
        }
    }

    private static void firstPlace(List<JudgedRow> rows, Judging.Builder judging) {
        int first = 0;
        int second = 0;
        for (JudgedRow row : rows) {
            first += row.whenFirst().getPreference() == Preference.PREFERS_ARM ? 1 : 0;
            second += row.whenFirst().getPreference() == Preference.PREFERS_OTHER ? 1 : 0;
            first += row.whenSecond().getPreference() == Preference.PREFERS_OTHER ? 1 : 0;
            second += row.whenSecond().getPreference() == Preference.PREFERS_ARM ? 1 : 0;
        }
        int all = first + second;
        if (all > 0) {
            judging.setFirstPlace(score((double) first / all, Wilson.interval(first, all), all));
        }
    }

    private void agreement(List<JudgedRow> rows, Judging.Builder judging) {
        List<JudgedRow> labelled = rows.stream()
                .filter(row -> row.human() != Preference.PREFERENCE_UNSPECIFIED)
                .toList();
        if (labelled.isEmpty()) {
            return;
        }
        int[] judged =
                labelled.stream().mapToInt(row -> category(row.preference())).toArray();
        int[] human = labelled.stream().mapToInt(row -> category(row.human())).toArray();
        int agreed = (int)
                labelled.stream().filter(row -> row.preference() == row.human()).count();
        CohensKappa kappa = CohensKappa.of(judged, human, 3, bootstrap);
        judging.setAgreement(HumanAgreement.newBuilder()
                .setLabels(labelled.size())
                .setRate(score(
                        (double) agreed / labelled.size(), Wilson.interval(agreed, labelled.size()), labelled.size()))
                .setKappa(score(kappa.value(), kappa.interval(), labelled.size())));
    }

    private static int category(Preference preference) {
        return switch (preference) {
            case PREFERS_ARM -> 0;
            case PREFERS_OTHER -> 1;
            default -> 2;
        };
    }

    private static Score score(double value, Interval interval, int rows) {
        return Score.newBuilder()
                .setValue(value)
                .setLow(interval.low())
                .setHigh(interval.high())
                .setRows(rows)
                .build();
    }
}
