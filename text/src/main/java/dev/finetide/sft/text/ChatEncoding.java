package dev.finetide.sft.text;

import dev.finetide.jinja.Span;
import dev.finetide.jinja.TemplateException;
import dev.finetide.modelfiles.template.ChatTemplate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Turns one conversation into tokens by a chat template, and examines it.
final class ChatEncoding {
    private final Tokenizer tokenizer;
    private final Set<Integer> stopIds;
    private final ChatRow row;
    private final TrainedTurns turns;
    private final Tokenizer.Encoded encoded;
    private final List<Found> found;
    private final Map<Integer, Span> spans = new HashMap<>();

    /// @param full the rendered conversation
    /// @param found findings so far, to which others are added
    private ChatEncoding(
            Tokenizer tokenizer,
            ChatTemplate template,
            Set<Integer> stopIds,
            ChatRow row,
            String full,
            List<Found> found) {
        this.tokenizer = tokenizer;
        this.stopIds = stopIds;
        this.row = row;
        this.turns = new TrainedTurns(template, row, full);
        this.encoded = tokenizer.encodeWithOffsets(full, false);
        this.found = found;
    }

    /// Renders the conversation, tokenises the text and examines the tokens.
    static SeenRow see(Tokenizer tokenizer, ChatTemplate template, Set<Integer> stopIds, ChatRow row) {
        List<Found> found = new ArrayList<>();
        RenderedParts.missing(template, row)
                .forEach(part -> found.add(new Found(
                        RowFinding.NOT_RENDERED,
                        part,
                        "the base's chat template does not write it, so it would be lost")));
        try {
            String full = rendered(() -> template.render(row.messages(), row.tools(), false));
            return new ChatEncoding(tokenizer, template, stopIds, row, full, found).see();
        } catch (RowRefused refused) {
            found.add(refused.found());
            return SeenRow.unreadable(found);
        }
    }

    private SeenRow see() {
        boolean[] supervised = new boolean[encoded.ids().length];
        for (int turn = 0; turn < row.messages().size(); turn++) {
            if (row.messages().get(turn).trained()) {
                int trained = turn;
                finding(() -> supervise(trained, supervised));
            }
        }
        TokenizedRow tokens = tokenized(encoded.ids(), supervised);
        Answer answer = new Answer(0, 0, "");
        try {
            answer = answer();
        } catch (RowRefused refused) {
            find(refused.found());
        }
        return new SeenRow(Optional.of(tokens), answer.from(), answer.tokens(), answer.text(), found);
    }

    private record Answer(int from, int tokens, String text) {}

    /// Finds the last answer, and how it is asked for and ended.
    private Answer answer() {
        int last = row.lastAssistant();
        Span span = span(last);
        int answer = firstIn(span);
        int end = endOf(span, answer);
        boolean ended = isIn(span, end);
        if (!isPrefix(question(last), encoded.ids())) {
            found.add(new Found(
                    RowFinding.BROKEN_PREFIX,
                    path(last),
                    "the prompt as asked is not the beginning of what is trained"));
        }
        if (!ended && row.messages().get(last).trained()) {
            found.add(new Found(RowFinding.NO_END_TOKEN, path(last), "no token that ends the answer is learnt"));
        }
        return new Answer(answer, end - answer + (ended ? 1 : 0), text(answer, end));
    }

    private void finding(Runnable step) {
        try {
            step.run();
        } catch (RowRefused refused) {
            find(refused.found());
        }
    }

    /// Keeps a finding once: a turn may be looked at as one to learn and as the last answer.
    private void find(Found one) {
        if (!found.contains(one)) {
            found.add(one);
        }
    }

    private static String path(int turn) {
        return "messages[" + turn + "]";
    }

    /// Marks a turn's tokens, with those that close the turn.
    private void supervise(int turn, boolean[] supervised) {
        Span span = span(turn);
        int from = firstIn(span);
        for (int t = Math.max(1, from); isIn(span, t); t++) {
            supervised[t] = true;
        }
        if (row.messages().get(turn).isSilent() || text(from, endOf(span, from)).isBlank()) {
            throw new RowRefused(RowFinding.EMPTY_ANSWER, path(turn), "the answer has no token but those that end it");
        }
    }

    private Span span(int turn) {
        return spans.computeIfAbsent(turn, number -> rendered(() -> turns.span(number)));
    }

    /// Returns the ids with which somebody asks for a turn: those of the conversation before it.
    private int[] question(int turn) {
        return turn == 0 ? new int[0] : tokenizer.encode(rendered(() -> turns.prompt(turn)), false);
    }

    private int firstIn(Span span) {
        int first = 0;
        while (first < encoded.ids().length && encoded.end()[first] <= span.start()) {
            first++;
        }
        return first;
    }

    /// Whether a token belongs to a turn that begins before it.
    private boolean isIn(Span span, int token) {
        return token < encoded.ids().length && (encoded.end()[token] <= span.end() || closes(span, token));
    }

    /// Whether a token that reaches past a turn's end closes the turn. Templates may close turns with
    /// different tokens that begin alike, and only what both have in common is known to belong to the
    /// turn.
    private boolean closes(Span span, int token) {
        if (encoded.begin()[token] >= span.end() || !isAdded(token)) {
            return false;
        }
        int before = token - 1;
        while (before > 0 && text(before, before + 1).isBlank() && !isAdded(before)) {
            before--;
        }
        return !isAdded(before);
    }

    private boolean isAdded(int token) {
        return tokenizer.isAdded(encoded.ids()[token]);
    }

    /// Returns the index of the token that ends an answer, or of the first one after the turn.
    private int endOf(Span span, int from) {
        int end = from;
        while (isIn(span, end) && !stopIds.contains(encoded.ids()[end])) {
            end++;
        }
        return end;
    }

    private String text(int from, int to) {
        return tokenizer.decode(Arrays.copyOfRange(encoded.ids(), from, to), true);
    }

    static boolean isPrefix(int[] asked, int[] trained) {
        return asked.length < trained.length && Arrays.equals(asked, 0, asked.length, trained, 0, asked.length);
    }

    /// @throws RowRefused when the row is too short to learn anything from
    static TokenizedRow tokenized(int[] ids, boolean[] supervised) {
        if (ids.length < 2) {
            throw new RowRefused(
                    RowFinding.NOTHING_LEARNT,
                    "",
                    "no supervised token: the row has " + ids.length + " tokens, at least 2 are needed");
        }
        return new TokenizedRow(ids, supervised);
    }

    /// Renders a conversation. A template that refuses the conversation refuses the row, in the
    /// words of the template's author.
    static <T> T rendered(Supplier<T> rendering) {
        try {
            return rendering.get();
        } catch (TemplateException e) {
            throw new RowRefused(
                    RowFinding.REFUSED_BY_TEMPLATE, "", "the chat template refuses the row: " + e.getMessage());
        }
    }
}
