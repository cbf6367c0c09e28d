package dev.finetide.sft.text;

import dev.finetide.jinja.Span;
import dev.finetide.jinja.TemplateException;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.Message;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Turns rows into the token ids that a model reads, and marks the ids that the model is to learn. Safe for use by
/// several threads.
///
/// If the base has a chat template, a chat row is rendered and tokenised without an added BOS, because the template
/// writes the BOS. The tokens of each trained turn are supervised, with those that close the turn. A
/// prompt/completion row becomes one user and one assistant message, because the model will be asked in this form
/// later.
///
/// If the base has no chat template, a prompt/completion row is BOS + prompt + completion + EOS. Prompt and
/// completion are tokenised together as one text, so that the ids are those of the text that the model will write. A
/// token that reaches past the prompt's end belongs to the completion. The BOS is the token that the tokenizer
/// itself adds, if any. Chat rows are refused.
public final class RowEncoder {
    private static final String SAMPLE_ANSWER = "Yes";

    private final Tokenizer tokenizer;
    private final Optional<ChatTemplate> template;
    private final int maxLength;
    private final int eosId;
    private final Set<Integer> stopIds;

    /// @param maxLength largest number of tokens of a row
    /// @throws RowRefused when the base names no token that ends a text, or its template cannot render
    ///     the simplest conversation
    public RowEncoder(Tokenizer tokenizer, Optional<ChatTemplate> template, int maxLength) {
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

    /// Returns the tokens that end an answer: the base's end tokens, and those with which the chat template closes a
    /// turn.
    public Set<Integer> stopIds() {
        return stopIds;
    }

    /// @throws RowRefused when the row is longer than `maxLength`, holds no supervised token, or is
    ///     refused by the template
    public TokenizedRow encode(TextRow row) {
        TokenizedRow tokenized = template.isPresent() ? encodeChat(asChat(row)) : encodeCompletion(asCompletion(row));
        if (tokenized.length() > maxLength) {
            throw new RowRefused("too long: " + tokenized.length() + " tokens, at most " + maxLength + " are accepted");
        }
        if (tokenized.supervisedTokens() == 0) {
            throw new RowRefused("no supervised token: none of the row's " + tokenized.length()
                    + " tokens belongs to an answer to learn");
        }
        return tokenized;
    }

    /// Returns the token ids of the prompt for the row's answer, the last one of a conversation.
    public int[] prompt(TextRow row) {
        if (template.isPresent()) {
            ChatRow chat = asChat(row);
            List<Message> before = chat.messages().subList(0, chat.lastAssistant());
            return tokenizer.encode(rendered(() -> template.get().render(before, chat.tools(), true)), false);
        }
        Tokenizer.Encoded encoded =
                tokenizer.encodeWithOffsets(asCompletion(row).prompt(), true);
        return Arrays.copyOf(encoded.ids(), withoutClosing(encoded));
    }

    /// Returns the text that the model should write after [#prompt], as the tokenizer decodes it. The text has
    /// everything that the template puts into the turn, such as an empty thinking block, but not the tokens that
    /// close the turn.
    public String expected(TextRow row) {
        if (template.isEmpty()) {
            return asCompletion(row).completion();
        }
        ChatRow chat = asChat(row);
        String full = rendered(() -> template.get().render(chat.messages(), chat.tools(), false));
        Span turn = rendered(() -> new TrainedTurns(template.get(), chat, full).span(chat.lastAssistant()));
        Tokenizer.Encoded encoded = tokenizer.encodeWithOffsets(full, false);
        int from = 0;
        while (encoded.end()[from] <= turn.start()) {
            from++;
        }
        int to = from;
        while (to < encoded.ids().length && encoded.end()[to] <= turn.end() && !stopIds.contains(encoded.ids()[to])) {
            to++;
        }
        return tokenizer.decode(Arrays.copyOfRange(encoded.ids(), from, to), true);
    }

    private ChatRow asChat(TextRow row) {
        return switch (row) {
            case ChatRow chat -> chat;
            case PromptCompletionRow(String prompt, String completion) ->
                new ChatRow(List.of(Message.user(prompt), Message.assistant(completion)), List.of());
        };
    }

    private static PromptCompletionRow asCompletion(TextRow row) {
        return switch (row) {
            case PromptCompletionRow completion -> completion;
            case ChatRow _ ->
                throw new RowRefused(
                        "a chat row needs a base with a chat template, and this base has none (chat_template.jinja, or chat_template in tokenizer_config.json)");
        };
    }

    private TokenizedRow encodeChat(ChatRow chat) {
        String full = rendered(() -> template.get().render(chat.messages(), chat.tools(), false));
        List<Span> turns = rendered(() -> new TrainedTurns(template.get(), chat, full).spans());
        Tokenizer.Encoded encoded = tokenizer.encodeWithOffsets(full, false);
        requireTwo(encoded.ids().length);
        boolean[] supervised = new boolean[encoded.ids().length];
        for (int t = 1; t < supervised.length; t++) {
            int end = encoded.end()[t];
            supervised[t] = turns.stream().anyMatch(turn -> end > turn.start() && end <= turn.end());
        }
        return new TokenizedRow(encoded.ids(), supervised);
    }

    private TokenizedRow encodeCompletion(PromptCompletionRow row) {
        Tokenizer.Encoded encoded = tokenizer.encodeWithOffsets(row.prompt() + row.completion(), true);
        int length = withoutClosing(encoded);
        int[] ids = Arrays.copyOf(encoded.ids(), length + 1);
        ids[length] = eosId;
        requireTwo(ids.length);
        boolean[] supervised = new boolean[ids.length];
        for (int t = 1; t < length; t++) {
            supervised[t] = encoded.end()[t] > row.prompt().length();
        }
        supervised[length] = true;
        return new TokenizedRow(ids, supervised);
    }

    /// Counts the tokens before those that the tokenizer itself adds at the end of a text, so that the row has one
    /// EOS and not two.
    private static int withoutClosing(Tokenizer.Encoded encoded) {
        int length = encoded.ids().length;
        while (length > 1 && encoded.end()[length - 1] < 0) {
            length--;
        }
        return length;
    }

    private static void requireTwo(int tokens) {
        if (tokens < 2) {
            throw new RowRefused("no supervised token: the row has " + tokens + " tokens, at least 2 are needed");
        }
    }

    /// Collects the end tokens and every special token that closes a turn of a sample conversation.
    ///
    /// @throws RowRefused when the answer is not in the turn, for example because the template needs lists of parts
    private Set<Integer> stopIds(ChatTemplate chatTemplate) {
        Set<Integer> ids = new LinkedHashSet<>(tokenizer.eosIds());
        ChatRow sample = new ChatRow(List.of(Message.user("a"), Message.assistant(SAMPLE_ANSWER)), List.of());
        String what = "a conversation of one question and its answer";
        String full = rendered(what, () -> chatTemplate.render(sample.messages(), List.of(), false));
        Span turn = rendered(what, () -> new TrainedTurns(chatTemplate, sample, full).span(1));
        int answer = full.indexOf(SAMPLE_ANSWER, turn.start());
        if (answer < 0) {
            throw new RowRefused("the base's chat template leaves out what an assistant says");
        }
        for (int id : tokenizer.encode(full.substring(answer, turn.end()), false)) {
            if (tokenizer.addedTokenId(tokenizer.decode(new int[] {id}, false)).orElse(-1) == id) {
                ids.add(id);
            }
        }
        return Collections.unmodifiableSet(ids);
    }

    /// Renders a conversation. A template that refuses the conversation refuses the row, in the words of the
    /// template's author.
    private static <T> T rendered(Supplier<T> rendering) {
        return rendered("the row", rendering);
    }

    private static <T> T rendered(String what, Supplier<T> rendering) {
        try {
            return rendering.get();
        } catch (TemplateException e) {
            throw new RowRefused("the chat template refuses " + what + ": " + e.getMessage());
        }
    }
}
