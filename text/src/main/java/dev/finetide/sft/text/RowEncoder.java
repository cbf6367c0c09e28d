package dev.finetide.sft.text;

import dev.finetide.jinja.Span;
import dev.finetide.jinja.TemplateException;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Turns rows into the token ids that a model reads, and marks the ids that the model is to learn.
/// Safe for use by several threads.
///
/// If the base has a chat template, a chat row is rendered and tokenised without an added BOS,
/// because the template writes the BOS. The tokens of each trained turn are supervised, with those
/// that close the turn. A prompt/completion row becomes one user and one assistant message, because
/// the model will be asked in this form later.
///
/// Without a chat template, a prompt/completion row is BOS + prompt + completion + EOS. Prompt and
/// completion are tokenised together as one text, so that the ids are those of the text that the
/// model will write. A token that reaches past the prompt's end belongs to the completion. The BOS
/// is the token that the tokenizer itself adds, if any. Chat rows are refused.
///
/// A row that is all text is BOS + text + EOS on every base, and everything after the BOS is learnt.
public final class RowEncoder {
    private static final String SAMPLE_ANSWER = "Yes";

    private final Tokenizer tokenizer;
    private final Optional<ChatTemplate> template;
    private final int maxLength;
    private final int eosId;
    private final Set<Integer> stopIds;
    private final RenderingWork work;

    /// @param maxLength largest number of tokens of a row
    /// @throws RowRefused when the base names no token that ends a text, or its template cannot render
    ///     the simplest conversation
    public RowEncoder(Tokenizer tokenizer, Optional<ChatTemplate> template, int maxLength) {
        this(tokenizer, template, maxLength, new RenderingWork());
    }

    RowEncoder(Tokenizer tokenizer, Optional<ChatTemplate> template, int maxLength, RenderingWork work) {
        this.work = work;
        if (maxLength < 2) {
            throw new IllegalArgumentException("maxLength must be at least 2, is " + maxLength);
        }
        this.tokenizer = tokenizer;
        this.template = template;
        this.maxLength = maxLength;
        this.eosId = tokenizer.eosIds().stream().findFirst().orElse(-1);
        if (eosId < 0) {
            throw new RowRefused("the base names no end token: expected eos_token_id in its config.json");
        }
        this.stopIds = template.map(this::stopIds).orElse(tokenizer.eosIds());
    }

    /// Returns the tokens that end an answer: the base's end tokens, and those with which the chat
    /// template closes a turn.
    public Set<Integer> stopIds() {
        return stopIds;
    }

    /// Whether rows are rendered by a chat template, as turns; otherwise they are text.
    public boolean writesTurns() {
        return template.isPresent();
    }

    /// Turns a row into tokens, as [#examine] does.
    public TokenizedRow encode(TextRow row) {
        return examine(row).tokens();
    }

    /// Turns a row into tokens, and finds out how it is asked.
    ///
    /// @throws RowRefused when the row is longer than `maxLength`, holds no supervised token, has a
    ///     trained answer without words, says something that the chat template does not write, or
    ///     is refused by the template
    public ExaminedRow examine(TextRow row) {
        return see(row).accepted();
    }

    /// Turns a row into tokens, as [#examine] does, and names everything that is found instead of
    /// refusing the row.
    public SeenRow see(TextRow row) {
        SeenRow seen;
        try {
            seen = switch (row) {
                case TextOnlyRow text -> seeText(text);
                case ChatRow _, PromptCompletionRow _ ->
                    template.isPresent() ? seeChat(asChat(row)) : seeCompletion(asCompletion(row));
            };
        } catch (RowRefused refused) {
            return SeenRow.unreadable(List.of(refused.found()));
        }
        return seen.tokens().map(tokens -> withLength(seen, tokens)).orElse(seen);
    }

    private SeenRow seeChat(ChatRow row) {
        return work.on(
                row, allowance -> ChatEncoding.see(tokenizer, template.get().within(allowance), stopIds, row));
    }

    private SeenRow withLength(SeenRow seen, TokenizedRow tokens) {
        List<Found> found = new ArrayList<>(seen.found());
        if (tokens.length() > maxLength) {
            found.add(new Found(
                    RowFinding.TOO_LONG,
                    "",
                    "too long: " + tokens.length() + " tokens, at most " + maxLength + " are accepted"));
        }
        if (tokens.supervisedTokens() == 0 && !seen.kinds().contains(RowFinding.NOTHING_LEARNT)) {
            found.add(new Found(
                    RowFinding.NOTHING_LEARNT,
                    "",
                    "no supervised token: none of the row's " + tokens.length()
                            + " tokens belongs to an answer to learn"));
        }
        return new SeenRow(seen.tokens(), seen.answer(), seen.answerTokens(), seen.expected(), found);
    }

    /// Counts the tokens of a row without examining it.
    ///
    /// @throws RowRefused when the base cannot read the row
    public int length(TextRow row) {
        return switch (row) {
            case TextOnlyRow(String text) -> closed(text);
            case ChatRow _, PromptCompletionRow _ -> {
                if (template.isEmpty()) {
                    PromptCompletionRow completion = asCompletion(row);
                    yield closed(completion.prompt() + completion.completion());
                }
                ChatRow chat = asChat(row);
                String full = work.on(
                        chat,
                        allowance -> ChatEncoding.rendered(
                                () -> template.get().within(allowance).render(chat.messages(), chat.tools(), false)));
                yield tokenizer.encode(full, false).length;
            }
        };
    }

    /// Counts the tokens of a text with the EOS after it.
    private int closed(String text) {
        return withoutClosing(tokenizer.encodeWithOffsets(text, true)) + 1;
    }

    /// Returns the token ids of a question that has no answer yet.
    ///
    /// @param messages turns before the answer; for a base without chat template, only the last
    ///     one, a user's, is the prompt
    /// @throws RowRefused when the template refuses the conversation, or there is none and
    ///     `messages` are more than one
    public int[] question(List<Message> messages) {
        if (template.isPresent()) {
            return tokenizer.encode(
                    ChatEncoding.rendered(() -> template.get().render(messages, List.of(), true)), false);
        }
        if (messages.size() > 1) {
            throw needsTemplate();
        }
        return question(messages.getFirst().content());
    }

    private int[] question(String prompt) {
        Tokenizer.Encoded encoded = tokenizer.encodeWithOffsets(prompt, true);
        return Arrays.copyOf(encoded.ids(), withoutClosing(encoded));
    }

    static ChatRow asChat(TextRow row) {
        return switch (row) {
            case ChatRow chat -> chat;
            case PromptCompletionRow(String prompt, String completion) ->
                new ChatRow(List.of(Message.user(prompt), Message.assistant(completion)), List.of());
            case TextOnlyRow _ -> throw isAllText();
        };
    }

    static PromptCompletionRow asCompletion(TextRow row) {
        return switch (row) {
            case PromptCompletionRow completion -> completion;
            case ChatRow _ -> throw needsTemplate();
            case TextOnlyRow _ -> throw isAllText();
        };
    }

    private static RowRefused isAllText() {
        return new RowRefused("text: expected a row with a prompt or messages, found one that is all text");
    }

    private static RowRefused needsTemplate() {
        return new RowRefused(
                RowFinding.REFUSED_BY_TEMPLATE,
                "messages",
                "a chat row needs the base's chat template; the base has none (chat_template.jinja, or chat_template in"
                        + " tokenizer_config.json), or rows are to be rendered as text");
    }

    private SeenRow seeCompletion(PromptCompletionRow row) {
        Tokenizer.Encoded encoded = tokenizer.encodeWithOffsets(row.prompt() + row.completion(), true);
        int length = withoutClosing(encoded);
        int[] ids = withEos(encoded, length);
        boolean[] supervised = new boolean[ids.length];
        supervised[length] = true;
        int answer = length;
        for (int t = length - 1; t >= 1; t--) {
            supervised[t] = encoded.end()[t] > row.prompt().length();
            answer = supervised[t] ? t : answer;
        }
        TokenizedRow tokens = ChatEncoding.tokenized(ids, supervised);
        List<Found> found = new ArrayList<>();
        if (row.completion().isBlank()) {
            found.add(new Found(
                    RowFinding.EMPTY_ANSWER, "completion", "the answer has no token but the one that ends it"));
        }
        if (!ChatEncoding.isPrefix(question(row.prompt()), ids)) {
            found.add(new Found(
                    RowFinding.BROKEN_PREFIX, "prompt", "the prompt as asked is not the beginning of what is trained"));
        }
        return new SeenRow(Optional.of(tokens), answer, ids.length - answer, row.completion(), found);
    }

    /// Takes a text as its tokens and the EOS. All are learnt but the first one, which nothing
    /// precedes: mostly the BOS.
    private SeenRow seeText(TextOnlyRow row) {
        Tokenizer.Encoded encoded = tokenizer.encodeWithOffsets(row.text(), true);
        int[] ids = withEos(encoded, withoutClosing(encoded));
        boolean[] supervised = new boolean[ids.length];
        Arrays.fill(supervised, Math.min(1, ids.length), ids.length, true);
        TokenizedRow tokens = ChatEncoding.tokenized(ids, supervised);
        List<Found> found = row.text().isBlank()
                ? List.of(new Found(RowFinding.EMPTY_ANSWER, "text", "the text has no words"))
                : List.of();
        return new SeenRow(Optional.of(tokens), 1, ids.length - 1, row.text(), found);
    }

    private int[] withEos(Tokenizer.Encoded encoded, int length) {
        int[] ids = Arrays.copyOf(encoded.ids(), length + 1);
        ids[length] = eosId;
        return ids;
    }

    /// Counts the tokens before those that the tokenizer itself adds at the end of a text, so that
    /// the row has one EOS and not two.
    private static int withoutClosing(Tokenizer.Encoded encoded) {
        int length = encoded.ids().length;
        while (length > 1 && encoded.end()[length - 1] < 0) {
            length--;
        }
        return length;
    }

    /// Collects the end tokens and every special token that closes a turn of a sample conversation.
    ///
    /// @throws RowRefused when the answer is not in the turn, for example because the template
    ///     needs lists of parts
    private Set<Integer> stopIds(ChatTemplate chatTemplate) {
        Set<Integer> ids = new LinkedHashSet<>(tokenizer.eosIds());
        ChatRow sample = new ChatRow(List.of(Message.user("a"), Message.assistant(SAMPLE_ANSWER)), List.of());
        String full;
        Span turn;
        try {
            full = chatTemplate.render(sample.messages(), List.of(), false);
            turn = new TrainedTurns(chatTemplate, sample, full).span(1);
        } catch (TemplateException e) {
            throw new RowRefused(
                    "the chat template refuses a conversation of one question and its answer: " + e.getMessage());
        }
        int answer = full.indexOf(SAMPLE_ANSWER, turn.start());
        if (answer < 0) {
            throw new RowRefused("the base's chat template leaves out what an assistant says");
        }
        for (int id : tokenizer.encode(full.substring(answer, turn.end()), false)) {
            if (tokenizer.isAdded(id)) {
                ids.add(id);
            }
        }
        return Collections.unmodifiableSet(ids);
    }
}
