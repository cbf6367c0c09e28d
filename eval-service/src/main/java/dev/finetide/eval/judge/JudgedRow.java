package dev.finetide.eval.judge;

import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.Preference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The verdict of a judge about two answers to one row, after both orders.
///
/// @param whenFirst last reply to the question in which the arm's answer stands first
/// @param whenSecond last reply to the question in which it stands second
record JudgedRow(JudgeReply whenFirst, JudgeReply whenSecond) {
    /// Returns the rows of one pair of arms that were judged in both orders, by their number.
    ///
    /// @param replies replies about the pair
    static List<JudgedRow> of(List<JudgeReply> replies) {
        Map<Long, JudgeReply> first = new TreeMap<>();
        Map<Long, JudgeReply> second = new TreeMap<>();
        replies.stream()
                .filter(JudgeReplies::isSettled)
                .sorted(Comparator.comparingLong(JudgeReply::getRow))
                .forEach(reply -> (reply.getArmFirst() ? first : second).put(reply.getRow(), reply));
        List<JudgedRow> rows = new ArrayList<>();
        first.forEach((row, reply) -> {
            if (second.containsKey(row)) {
                rows.add(new JudgedRow(reply, second.get(row)));
            }
        });
        return rows;
    }

    long row() {
        return whenFirst.getRow();
    }

    boolean has(Preference preference) {
        return whenFirst.getPreference() == preference || whenSecond.getPreference() == preference;
    }

    /// Whether both questions have a reply that can be read.
    boolean counts() {
        return !has(Preference.UNREADABLE) && !has(Preference.UNANSWERED);
    }

    boolean disagrees() {
        return whenFirst.getPreference() != whenSecond.getPreference();
    }

    /// Returns what the judge prefers; a tie where the two orders disagree.
    Preference preference() {
        return disagrees() ? Preference.TIE : whenFirst.getPreference();
    }

    Preference human() {
        return whenFirst.getHuman();
    }

    boolean isEqual() {
        return whenFirst.getEqualAnswers();
    }

    boolean isCut() {
        return whenFirst.getTextsCut() || whenSecond.getTextsCut();
    }

    String error() {
        return whenFirst.getError().isEmpty() ? whenSecond.getError() : whenFirst.getError();
    }
}
