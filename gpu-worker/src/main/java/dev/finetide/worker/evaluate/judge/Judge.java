package dev.finetide.worker.evaluate.judge;

import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.JudgeConfig;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.Preference;
import dev.finetide.worker.evaluate.endpoint.ChatAnswer;
import dev.finetide.worker.evaluate.endpoint.ChatEndpoint;
import dev.finetide.worker.evaluate.endpoint.ChatQuestion;
import dev.finetide.worker.evaluate.endpoint.PaidRequests;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.ToIntFunction;

/// Asks a judge about each pair of answers in both orders. A reply that is neither A nor B nor tie is
/// asked for once more. Nothing that an earlier attempt was told is asked again.
public final class Judge {
    private static final int REPLIES_AT_ONCE = 500;
    private static final int SHOWN_CHARACTERS = 300;
    private static final int ASKS = 2;
    private static final double PRICED_TOKENS = 1e6;

    private final JudgeConfig config;
    private final JudgeRows rows;
    private final HumanLabels labels;
    private final JudgedBefore before;
    private final ToIntFunction<String> tokens;
    private final JudgeListener listener;
    private final JudgePrompt prompt;

    /// @param tokens counts the tokens of a text, for an endpoint that does not tell how many it was paid for
    public Judge(
            JudgeConfig config,
            JudgeRows rows,
            HumanLabels labels,
            JudgedBefore before,
            ToIntFunction<String> tokens,
            JudgeListener listener) {
        this.config = config;
        this.rows = rows;
        this.labels = labels;
        this.before = before;
        this.tokens = tokens;
        this.listener = listener;
        this.prompt = new JudgePrompt(config);
    }

    /// A question to the judge.
    ///
    /// @param armFirst whether the arm's answer is answer A
    /// @param ask 1, or 2 after an unreadable reply
    private record Question(ArmPair pair, int row, boolean armFirst, int ask) {
        Question again() {
            return new Question(pair, row, armFirst, ask + 1);
        }
    }

    /// Asks about all pairs.
    ///
    /// @param endpoint the model that judges
    /// @return whether everything is judged; false when the listener asked to stop
    /// @throws IllegalArgumentException when the judge cannot go on, or no label fits
    public boolean run(List<ArmPair> pairs, ChatEndpoint endpoint) {
        labels.requireUseFor(pairs);
        Deque<Question> waiting = new ArrayDeque<>();
        List<JudgeReply> equal = new ArrayList<>();
        for (int row : rows.judged()) {
            for (ArmPair pair : pairs) {
                add(new Question(pair, row, true, 1), waiting, equal);
                add(new Question(pair, row, false, 1), waiting, equal);
            }
        }
        for (int from = 0; from < equal.size(); from += REPLIES_AT_ONCE) {
            listener.onReplies(equal.subList(from, Math.min(equal.size(), from + REPLIES_AT_ONCE)));
        }
        return new PaidRequests<>(endpoint, PaidRequests.atOnce(config.getEndpoint()), this::question, "questions")
                .ask(waiting, answered -> take(answered, waiting), listener::stopRequested);
    }

    private void add(Question question, Deque<Question> waiting, List<JudgeReply> equal) {
        if (before.isSettled(question.pair(), question.row(), question.armFirst())) {
            return;
        }
        if (before.isUnreadable(question.pair(), question.row(), question.armFirst())) {
            waiting.add(question.again());
        } else if (rows.answer(question.pair().arm(), question.row())
                .equals(rows.answer(question.pair().other(), question.row()))) {
            equal.add(reply(question)
                    .setPreference(Preference.TIE)
                    .setEqualAnswers(true)
                    .build());
        } else {
            waiting.add(question);
        }
    }

    private ChatQuestion question(Question question) {
        return prompt.question(texts(question), question.ask() > 1);
    }

    private JudgePrompt.Texts texts(Question question) {
        String arm = rows.answer(question.pair().arm(), question.row());
        String other = rows.answer(question.pair().other(), question.row());
        return JudgePrompt.texts(
                rows.asked().get(question.row()), question.armFirst() ? arm : other, question.armFirst() ? other : arm);
    }

    private void take(List<PaidRequests.Answered<Question>> answered, Deque<Question> waiting) {
        List<JudgeReply> replies = new ArrayList<>();
        for (PaidRequests.Answered<Question> one : answered) {
            JudgeReply reply = reply(one);
            replies.add(reply);
            if (reply.getPreference() == Preference.UNREADABLE && reply.getAsk() < ASKS) {
                waiting.addFirst(one.subject().again());
            }
        }
        listener.onReplies(replies);
    }

    private JudgeReply reply(PaidRequests.Answered<Question> asked) {
        Question question = asked.subject();
        ChatAnswer answer = asked.answer();
        Preference preference =
                answer.isAnswered() ? JudgePrompt.read(answer.text(), question.armFirst()) : Preference.UNANSWERED;
        Endpoint prices = config.getEndpoint();
        // An endpoint that does not count its tokens is paid all the same, so the base's tokens stand for them.
        int uncounted = answer.isAnswered()
                ? asked.question().messages().stream()
                        .mapToInt(message -> tokens.applyAsInt(String.valueOf(message.get("content"))))
                        .sum()
                : 0;
        int read = answer.readTokens() >= 0 ? answer.readTokens() : uncounted;
        int written = answer.writtenTokens() >= 0 ? answer.writtenTokens() : tokens.applyAsInt(answer.text());
        return reply(question)
                .setPreference(preference)
                .setUnreadable(
                        preference == Preference.UNREADABLE
                                ? JudgePrompt.beginning(answer.text(), SHOWN_CHARACTERS)
                                : "")
                .setPromptTokens(read)
                .setCompletionTokens(written)
                .setPrice((read * prices.getInputPrice() + written * prices.getOutputPrice()) / PRICED_TOKENS)
                .setLatencySeconds(answer.seconds())
                .setError(answer.problem())
                .setTextsCut(texts(question).cut())
                .build();
    }

    private JudgeReply.Builder reply(Question question) {
        return JudgeReply.newBuilder()
                .setRow(question.row())
                .setArm(question.pair().arm())
                .setOther(question.pair().other())
                .setArmFirst(question.armFirst())
                .setAsk(question.ask())
                .setHuman(labels.of(question.row(), question.pair()).orElse(Preference.PREFERENCE_UNSPECIFIED))
                .setTotalRows(rows.judged().size());
    }
}
