package dev.finetide.cli.eval;

import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Printable;
import dev.finetide.proto.evaluation.v1.HumanAgreement;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.Judgement;
import dev.finetide.proto.evaluation.v1.Judging;
import java.util.ArrayList;
import java.util.List;

/// Says in sentences what a judge has said, and how far it can be trusted.
///
/// @param judging report about the judge
public record JudgeText(Judging judging) {
    private static final double SMALLEST_SHOWN = 0.001;

    /// Returns the head of the section.
    public String head() {
        return "What the judge " + Printable.line(judging.getModel()) + " says";
    }

    /// Returns all sentences: each pair, then the judge itself and its costs.
    public List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        if (judging.hasError()) {
            sentences.add("The judge failed: " + judging.getError().getMessage());
        }
        judging.getJudgementsList().forEach(judgement -> sentences.add(pair(judgement)));
        if (judging.hasFirstPlace()) {
            sentences.add("Where it prefers an answer, it is the first one in "
                    + MetricText.withInterval(judging.getFirstPlace())
                    + " of the replies; 0.5 is no liking for a place.");
        }
        if (judging.hasAgreement()) {
            sentences.add(agreement(judging.getAgreement()));
        }
        sentences.add(costs());
        return sentences;
    }

    private static String pair(Judgement judgement) {
        StringBuilder text = new StringBuilder(judgement.getArm()
                + " against "
                + judgement.getOther()
                + ": "
                + verdict(judgement)
                + ", win rate "
                + (judgement.hasWinRate() ? MetricText.withInterval(judgement.getWinRate()) : "-")
                + " on "
                + rows(judgement.getRows())
                + " ("
                + Formats.count(judgement.getRowsWon())
                + " won, "
                + Formats.count(judgement.getRowsLost())
                + " lost, "
                + Formats.count(judgement.getRowsTied())
                + " tied), "
                + probability(judgement.getAdjustedPValue())
                + ".");
        if (judgement.getDisagreements() > 0) {
            text.append(" The two orders disagree on ")
                    .append(rows(judgement.getDisagreements()))
                    .append(", which count as ties.");
        }
        if (judgement.getEqualAnswers() > 0) {
            text.append(" The answers to ")
                    .append(rows(judgement.getEqualAnswers()))
                    .append(" are the same text, a tie that was not asked.");
        }
        if (judgement.getUnreadableRows() > 0) {
            text.append(" Left out: ")
                    .append(rows(judgement.getUnreadableRows()))
                    .append(" with a reply that is neither A nor B nor tie; eval show --row ")
                    .append(judgement.getFirstUnreadableRow())
                    .append(" shows the first.");
        }
        if (judgement.getUnansweredRows() > 0) {
            text.append(" Left out: ")
                    .append(rows(judgement.getUnansweredRows()))
                    .append(" without a reply; ")
                    .append(judgement.getFirstRowError())
                    .append('.');
        }
        if (judgement.getCutRows() > 0) {
            text.append(" Long texts of ").append(rows(judgement.getCutRows())).append(" were cut for the judge.");
        }
        return text.toString();
    }

    private static String probability(double p) {
        return p < SMALLEST_SHOWN ? "p < 0.001" : "p = " + MetricText.value(p);
    }

    private static String verdict(Judgement judgement) {
        return switch (judgement.getVerdict()) {
            case BETTER -> "better";
            case WORSE -> "worse";
            case NOT_DISTINGUISHABLE, VERDICT_UNSPECIFIED, UNRECOGNIZED -> "not distinguishable";
        };
    }

    private static String agreement(HumanAgreement agreement) {
        return "It agrees with " + Formats.count(agreement.getLabels()) + " human labels in "
                + MetricText.withInterval(agreement.getRate()) + " of them; Cohen's kappa is "
                + MetricText.withInterval(agreement.getKappa()) + ".";
    }

    private String costs() {
        String paid = judging.getPrice() > 0 ? ", paid " + PaidText.money(judging.getPrice()) : "";
        return "Asked " + Formats.count(judging.getRequests()) + " times, "
                + Formats.count(judging.getPromptTokens()) + " tokens in and "
                + Formats.count(judging.getCompletionTokens()) + " out" + paid + ".";
    }

    private static String rows(long rows) {
        return Formats.count(rows) + (rows == 1 ? " row" : " rows");
    }

    /// Returns what a reply about one row says, as a line: "tuned against base, tuned first: tuned is better".
    static String line(JudgeReply reply) {
        String asked = reply.getArm() + " against " + reply.getOther() + ", "
                + (reply.getArmFirst() ? reply.getArm() : reply.getOther()) + " first"
                + (reply.getAsk() > 1 ? ", asked again: " : ": ");
        return asked + preference(reply);
    }

    /// Returns what a reply prefers.
    static String preference(JudgeReply reply) {
        return switch (reply.getPreference()) {
            case PREFERS_ARM -> reply.getArm() + " is better";
            case PREFERS_OTHER -> reply.getOther() + " is better";
            case TIE -> reply.getEqualAnswers() ? "a tie, because both are the same text" : "a tie";
            case UNREADABLE -> "unreadable: " + Printable.line(reply.getUnreadable());
            case UNANSWERED -> "no reply: " + Printable.line(reply.getError());
            case PREFERENCE_UNSPECIFIED, UNRECOGNIZED -> "-";
        };
    }
}
