package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowEncoderTest {
    private static final String CHATML =
            "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}"
                    + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    @TempDir
    Path dir;

    private Tokenizer tokenizer;

    @BeforeEach
    void open() throws IOException {
        tokenizer = CharacterTokenizer.write(dir, true);
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    @Test
    void aCompletionFollowsItsPromptBetweenBosAndEos() {
        RowEncoder encoder = new RowEncoder(tokenizer, Optional.empty(), 64);
        PromptCompletionRow row = new PromptCompletionRow("ab:", " cd");

        TokenizedRow tokenized = encoder.encode(row);

        assertThat(tokenizer.decode(tokenized.ids(), false)).isEqualTo("<s>ab: cd</s>");
        assertThat(supervised(tokenized)).isEqualTo(" cd</s>");
        assertThat(tokenizer.decode(encoder.examine(row).prompt(), false)).isEqualTo("<s>ab:");
        assertThat(encoder.examine(row).expected()).isEqualTo(" cd");
        assertThat(encoder.stopIds()).containsExactly(1);
    }

    @Test
    void aTokenOverTheBoundaryBelongsToTheCompletion() {
        TokenizedRow tokenized =
                new RowEncoder(tokenizer, Optional.empty(), 64).encode(new PromptCompletionRow("at", " b"));

        assertThat(tokenized.ids()).hasSize(5);
        assertThat(supervised(tokenized)).isEqualTo("t b</s>");
    }

    @Test
    void allOfATextIsLearntButTheFirstTokenAndTheTemplateIsNotUsed() {
        for (RowEncoder encoder : List.of(encoder(CHATML), new RowEncoder(tokenizer, Optional.empty(), 64))) {
            SeenRow seen = encoder.see(new TextOnlyRow("abc"));

            assertThat(tokenizer.decode(seen.accepted().tokens().ids(), false)).isEqualTo("<s>abc</s>");
            assertThat(supervised(seen.accepted().tokens())).isEqualTo("abc</s>");
            assertThat(encoder.length(new TextOnlyRow("abc"))).isEqualTo(5);
        }
    }

    @Test
    void rowsFromWhichNothingIsLearntAreNamedAndStillShown() {
        RowEncoder encoder = encoder(CHATML);
        ChatRow unweighted =
                new ChatRow(List.of(Message.user("q"), new Message("assistant", "a", false, Map.of())), List.of());
        ChatRow unanswered = new ChatRow(List.of(Message.user("q")), List.of());
        ChatRow silent = new ChatRow(List.of(Message.user("q"), Message.assistant("")), List.of());

        assertThat(encoder.see(unweighted).kinds()).containsExactly(RowFinding.NOTHING_LEARNT);
        assertThat(encoder.see(unweighted).tokens()).isPresent();
        assertThat(encoder.see(unanswered).kinds()).containsExactly(RowFinding.NOTHING_LEARNT);
        assertThat(encoder.see(silent).found())
                .singleElement()
                .satisfies(found ->
                        assertThat(found.finding() + " " + found.field()).isEqualTo("EMPTY_ANSWER messages[1]"));
        assertThat(encoder.see(new PromptCompletionRow("q", "")).kinds()).containsExactly(RowFinding.EMPTY_ANSWER);
        assertThatThrownBy(() -> encoder.examine(unanswered)).hasMessageContaining("at least one with role assistant");
        assertThat(encoder.length(silent))
                .isEqualTo(encoder.see(silent).tokens().orElseThrow().length());
    }

    @Test
    void everythingThatIsFoundInARowIsNamed() {
        // Writes neither system turns nor tool results, and the prompt as asked begins otherwise.
        RowEncoder encoder = encoder("{% for m in messages %}{% if m.role in ['user', 'assistant'] %}"
                + "{{ '<|im_start|>' + m.role + '\\n' + m.content }}{% endif %}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\nx' }}{% endif %}");
        ChatRow row = new ChatRow(
                List.of(
                        Message.system("s"),
                        Message.user("q"),
                        new Message("tool", "r", false, Map.of()),
                        Message.assistant("a")),
                List.of());

        SeenRow seen = encoder.see(row);

        assertThat(seen.found().stream()
                        .map(found -> found.finding() + " " + found.field())
                        .toList())
                .containsExactly(
                        "NOT_RENDERED messages[0].content",
                        "NOT_RENDERED messages[2].content",
                        "BROKEN_PREFIX messages[3]",
                        "NO_END_TOKEN messages[3]");
        assertThat(supervised(seen.tokens().orElseThrow())).isEqualTo("a");
    }

    @Test
    void onlyTrainedTurnsAndWhatClosesThemAreSupervised() {
        RowEncoder encoder = encoder(CHATML);
        ChatRow row = new ChatRow(
                List.of(
                        Message.user("1+1"),
                        new Message("assistant", "3", false, Map.of()),
                        Message.user("no"),
                        Message.assistant("2"),
                        Message.user("3+3"),
                        Message.assistant("6")),
                List.of());

        assertThat(supervised(encoder.encode(row))).isEqualTo("2<|im_end|>\n6<|im_end|>\n");
        assertThat(tokenizer.decode(encoder.examine(row).prompt(), false))
                .endsWith("3+3<|im_end|>\n<|im_start|>assistant\n");
        assertThat(encoder.examine(row).expected()).isEqualTo("6");
        assertThat(encoder.stopIds()).containsExactly(1, 3);
    }

    @Test
    void theTemplateWritesTheOnlyBos() {
        RowEncoder encoder = encoder("{{ bos_token }}" + CHATML);
        ChatRow row = new ChatRow(List.of(Message.user("q"), Message.assistant("a")), List.of());

        assertThat(encoder.encode(row).ids()).startsWith(0, 2).containsOnlyOnce(0);
        assertThat(encoder.examine(row).prompt()[1]).isNotZero();
    }

    @Test
    void aCompletionOnABaseWithATemplateIsAConversation() {
        RowEncoder encoder = encoder(CHATML);

        assertThat(encoder.encode(new PromptCompletionRow("q", "a")))
                .usingRecursiveComparison()
                .isEqualTo(encoder.encode(new ChatRow(List.of(Message.user("q"), Message.assistant("a")), List.of())));
    }

    @Test
    void turnsThatChangeOnceOthersFollowKeepTheirPlace() {
        // Like Qwen3: thinking stands in the last turn only. Like Phi-3: the whole text ends with an EOS.
        String template = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' }}"
                + "{% if m.role == 'assistant' and loop.last %}{{ 'think\\n' }}{% endif %}{{ m.content + '<|im_end|>\\n' }}"
                + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% else %}{{ '</s>' }}{% endif %}";
        RowEncoder encoder = encoder(template);
        ChatRow row = new ChatRow(
                List.of(Message.user("a"), Message.assistant("b"), Message.user("c"), Message.assistant("d")),
                List.of());

        assertThat(supervised(encoder.encode(row))).isEqualTo("b<|im_end|>\nthink\nd<|im_end|>\n</s>");
        assertThat(encoder.examine(row).expected()).isEqualTo("think\nd");
    }

    @Test
    void anAnswerThatBeginsLikeTheOpeningByChanceIsLearnedFromItsFirstToken() {
        // Like Apriel: what is asked for an answer ends with words that no answer in a row begins with.
        RowEncoder encoder = encoder(CHATML + "{% if add_generation_prompt %}{{ 'the steps:' }}{% endif %}");
        ChatRow row = new ChatRow(List.of(Message.user("q"), Message.assistant("then")), List.of());

        assertThat(supervised(encoder.encode(row))).isEqualTo("then<|im_end|>\n");
        assertThat(encoder.examine(row).expected()).isEqualTo("then");
    }

    @Test
    void aConversationThatTheAssistantBeginsIsLearnedWithoutTheDefaultSystemMessage() {
        // Like SmolLM2 and Qwen2.5.
        RowEncoder encoder =
                encoder("{% if messages[0].role != 'system' %}{{ '<|im_start|>system\nbe kind<|im_end|>\n' }}"
                        + "{% endif %}" + CHATML);
        ChatRow row =
                new ChatRow(List.of(Message.assistant("hi"), Message.user("q"), Message.assistant("a")), List.of());

        assertThat(supervised(encoder.encode(row))).isEqualTo("hi<|im_end|>\na<|im_end|>\n");
    }

    @Test
    void refusesWhatCannotBeLearned() {
        RowEncoder plain = new RowEncoder(tokenizer, Optional.empty(), 6);
        ChatRow chat = new ChatRow(List.of(Message.user("q"), Message.assistant("a")), List.of());
        ChatRow untrained =
                new ChatRow(List.of(Message.user("q"), new Message("assistant", "a", false, Map.of())), List.of());

        assertRefused(() -> plain.encode(new PromptCompletionRow("abc", "def")), "too long: 8 tokens, at most 6");
        assertRefused(() -> plain.encode(chat), "chat template");
        assertRefused(() -> encoder(CHATML).encode(untrained), "no supervised token");
        assertRefused(
                () -> encoder("{% for m in messages %}{{ m.role }}{% endfor %}{{ 'x' if add_generation_prompt }}b")
                        .encode(chat),
                "");
        String partsOnly = CHATML.replace("m.content", "(m.content | map(attribute='text') | join)");
        assertRefused(() -> encoder(partsOnly), "leaves out what an assistant says");
        assertRefused(
                () -> encoder(CHATML + "{% if messages | length == 3 %}{{ raise_exception('odd') }}{% endif %}")
                        .encode(new ChatRow(
                                List.of(Message.user("q"), Message.user("r"), Message.assistant("a")), List.of())),
                "the chat template refuses the row: template line 1: odd");
    }

    /// The row's text is in each turn, and in names and arguments.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ raise_exception(m.content) }}",
                "{{ raise_exception('no ' ~ m.content ~ ' here') }}",
                "{{ raise_exception(m.content|upper) }}",
                "{% set say = raise_exception %}{{ say(m.content) }}",
                "{% macro say(x) %}{{ raise_exception(x) }}{% endmacro %}{{ say(m.content) }}",
                "{{ m[m.content].x }}",
                "{{ (m|attr(m.content)).x }}",
                "{{ namespace()[m.content] + 1 }}",
                "{{ [m]|map(attribute=m.content)|join + 1 }}",
                "{{ [m]|map(m.content)|list }}",
                "{{ [m]|select(m.content)|list }}",
                "{{ m.content.format() }}{{ ('{' ~ m.content ~ '}').format() }}",
                "{{ m.content % 1 }}{{ ('%' ~ m.content) % 1 }}",
                "{{ strftime_now('%' ~ m.content) }}{{ strftime_now('%!') }}",
                "{{ m.content + 1 }}",
                "{{ m.content|int + m.content }}",
                "{{ {}[m.content]() }}",
                "{% macro say(x) %}{% endmacro %}{{ say(**{m.content: 1}) }}",
                "{{ namespace(**{'_' ~ m.content: 1}) }}",
                "{{ m.content.index('zzz') }}",
                "{{ {m.content: raise_exception} | tojson }}",
                "{{ (m.content,) < (1,) }}",
                "{{ m.content(1) }}{% for a, b in m.content %}{% endfor %}",
            })
    void noReasonHoldsTextOfTheRow(String statement) {
        String template =
                CHATML.replace("{% endfor %}", "{% if 'Hush' in m.content %}" + statement + "{% endif %}{% endfor %}");
        ChatRow row = new ChatRow(List.of(Message.user("Hush 7041"), Message.assistant("Hush 7041")), List.of());

        assertThatThrownBy(() -> encoder(template).examine(row))
                .isInstanceOf(RowRefused.class)
                .hasMessageStartingWith("the chat template refuses the row: template line 1: ")
                .hasMessageNotContainingAny("Hush", "HUSH", "7041");
    }

    @Test
    void aTagOfTheRowIsNotTold() {
        String lastPart = CHATML.replace("m.content", "m.content.split('>')[-1]");

        assertFinding(
                lastPart,
                chat(Message.assistant("1</Hush7041>2")),
                RowFinding.NOT_RENDERED,
                "messages[1].content before a tag");
    }

    @Test
    void whatATemplateSaysOfARowIsItsOwnWords() {
        ChatRow row = new ChatRow(List.of(Message.user("Hush 7041"), Message.assistant("a")), List.of());
        String raising = CHATML + "{% if 'Hush' in messages[0].content %}{{ raise_exception(MESSAGE) }}{% endif %}";

        assertRefused(
                () -> encoder(raising.replace("MESSAGE", "'not ' ~ messages[0].content + ' here'"))
                        .encode(row),
                "template line 1: not … here");
        assertRefused(
                () -> encoder(raising.replace("MESSAGE", "messages[0].content")).encode(row),
                "template line 1: the template raised an exception");
        assertRefused(
                () -> encoder(raising.replace("MESSAGE", "'a\\x1b[2J\\nb'")).encode(row), "template line 1: a [2J b");
    }

    /// Each rendering of the row alone is within the limit of one rendering.
    @Test
    void allRenderingsOfARowTogetherAreBounded() {
        String slow = "{% for a in range(100) %}{% for b in range(1000) %}{% endfor %}{% endfor %}";
        String template = CHATML.replace("{% for m", "{% if messages|length > 2 %}" + slow + "{% endif %}{% for m");
        RowEncoder encoder = new RowEncoder(
                tokenizer, Optional.of(ChatTemplate.of(template, Map.of())), 1024, new RenderingWork(200_000));
        ChatRow row = new ChatRow(
                List.of(Message.user("q"), Message.assistant("a"), Message.user("q"), Message.assistant("a")),
                List.of());

        assertThat(encoder.see(row).found())
                .extracting(Found::reason)
                .anySatisfy(reason -> assertThat(reason).contains("rendering takes more than"));
        assertThat(encoder.see(chat(Message.assistant("a"))).found()).isEmpty();
    }

    @Test
    void refusesARowWhosePartsTheTemplateDoesNotWrite() {
        Message calling = new Message("assistant", "", true, Map.of("tool_calls", CALLS));
        Message thinking = new Message("assistant", "2", true, Map.of("reasoning_content", "1+1"));
        Message silent = new Message("assistant", "", true, Map.of());
        String users = "{% for m in messages if m.role in ['user', 'assistant'] %}";
        String noSystem = CHATML.replace("{% for m in messages %}", users);
        String lastThought = CHATML.replace("m.content", "m.content.split('</think>')[-1]");

        assertFinding(CHATML, chat(calling), RowFinding.NOT_RENDERED, "messages[1].tool_calls[0]");
        assertFinding(CHATML, chat(thinking), RowFinding.NOT_RENDERED, "messages[1].reasoning_content");
        assertFinding(CHATML, chat(silent), RowFinding.EMPTY_ANSWER, "messages[1]");
        assertFinding(
                CHATML,
                new ChatRow(chat(Message.assistant("a")).messages(), TOOLS),
                RowFinding.NOT_RENDERED,
                "tools[0]");
        assertFinding(
                noSystem,
                new ChatRow(List.of(Message.system("s"), Message.user("q"), Message.assistant("a")), List.of()),
                RowFinding.NOT_RENDERED,
                "messages[0].content");
        assertFinding(
                lastThought,
                chat(Message.assistant("<think>1</think>2")),
                RowFinding.NOT_RENDERED,
                "messages[1].content before </think>");
    }

    @Test
    void acceptsARowWhosePartsTheTemplateWrites() {
        String withTools = "{% if tools %}{{ tools | tojson }}{% endif %}"
                + CHATML.replace("m.content", "(m.content or '') + (m.tool_calls | tojson if m.tool_calls else '')");
        ChatRow row = new ChatRow(
                List.of(
                        Message.user("q"),
                        new Message("assistant", "", true, Map.of("tool_calls", CALLS)),
                        new Message("tool", "4", false, Map.of())),
                TOOLS);

        assertThat(supervised(encoder(withTools).encode(row))).contains("add").endsWith("<|im_end|>\n");
    }

    @Test
    void aPromptIsAskedAsItWasTrained() {
        RowEncoder plain = new RowEncoder(tokenizer, Optional.empty(), 64);
        RowEncoder opening = encoder(CHATML + "{% if add_generation_prompt %}{{ 'the steps:' }}{% endif %}");
        ChatRow row = chat(Message.assistant("a"));

        ExaminedRow joined = plain.examine(new PromptCompletionRow("at", " b"));
        ExaminedRow apart = plain.examine(new PromptCompletionRow("ab", " b"));

        assertThat(tokenizer.decode(joined.prompt(), false)).isEqualTo("<s>a");
        assertThat(joined.findings()).containsExactly(RowFinding.BROKEN_PREFIX);
        assertThat(joined.answerTokens()).isEqualTo(3);
        assertThat(apart.findings()).isEmpty();
        assertThat(opening.examine(row).findings()).containsExactly(RowFinding.BROKEN_PREFIX);
        assertThat(tokenizer.decode(opening.examine(row).prompt(), false)).endsWith("<|im_start|>assistant\n");
        assertThat(encoder(CHATML).examine(row).findings()).isEmpty();
        assertThat(encoder(CHATML).examine(row).answerTokens()).isEqualTo(2);
    }

    @Test
    void turnsThatCloseWithTokensWhichBeginAlikeAreWhole() {
        // Like gpt-oss: the last turn closes with another token than those before it.
        String twoEnds = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}"
                + "{{ '<|im_end|>' if loop.last else '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";
        ChatRow row = new ChatRow(
                List.of(Message.user("a"), Message.assistant("b"), Message.user("c"), Message.assistant("d")),
                List.of());

        assertThat(supervised(encoder(twoEnds).encode(row))).isEqualTo("b<|end|>d<|im_end|>");
    }

    @Test
    void aTurnIsFoundWhereTheConversationBeforeItChanges() {
        // Like Hermes: a tool's turn ends otherwise once another follows.
        String changing = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}"
                + "{% if m.role == 'tool' and not loop.last %}{{ '\\n' }}{% endif %}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
        ChatRow row = new ChatRow(
                List.of(
                        Message.user("a"),
                        Message.assistant("b"),
                        new Message("tool", "c", false, Map.of()),
                        Message.assistant("d")),
                List.of());

        ExaminedRow examined = encoder(changing).examine(row);

        assertThat(supervised(examined.tokens())).isEqualTo("b<|im_end|>\nd<|im_end|>\n");
        assertThat(examined.findings()).containsExactly(RowFinding.BROKEN_PREFIX);
    }

    @Test
    void partsAreFoundWhateverATemplateDoesToThem() {
        String escaped = "{% if tools %}{{ tools }}{% endif %}"
                + CHATML.replace("m.content", "(m.content or '') + (m.tool_calls | string if m.tool_calls else '')");
        String onlyWithoutWords = "{% if tools %}{{ tools | tojson }}{% endif %}"
                + CHATML.replace("m.content", "(m.content if m.content else m.tool_calls | tojson)");
        String thinking = CHATML.replace("m.content", "((m.thinking or '') + m.content)");
        ChatRow calling = new ChatRow(
                chat(new Message("assistant", "", true, Map.of("tool_calls", CALLS)))
                        .messages(),
                TOOLS);

        encoder(escaped).encode(calling);
        encoder(onlyWithoutWords).encode(calling);
        encoder(thinking).encode(chat(new Message("assistant", "2", true, Map.of("reasoning_content", "1+1"))));
        encoder(CHATML.replace("m.content", "m.content.split('</think>')[-1]"))
                .encode(chat(Message.assistant("<think>\n</think>2")));
        assertFinding(
                CHATML.replace("m.content", "m.content.split('</reason>')[-1]"),
                chat(Message.assistant("<reason>1</reason>2")),
                RowFinding.NOT_RENDERED,
                "messages[1].content before </reason>");
    }

    @Test
    void anAnswerThatNothingEndsIsFound() {
        String endless = CHATML.replace("<|im_end|>", "");

        assertThat(encoder(endless).examine(chat(Message.assistant("a"))).findings())
                .containsExactly(RowFinding.NO_END_TOKEN);
    }

    private static final List<Map<String, Object>> TOOLS = List.of(Map.of(
            "type", "function", "function", Map.of("name", "add", "description", "sums", "parameters", Map.of())));
    private static final List<Map<String, Object>> CALLS =
            List.of(Map.of("type", "function", "function", Map.of("name", "add", "arguments", Map.of("a", 1))));

    private static ChatRow chat(Message answer) {
        return new ChatRow(List.of(Message.user("q"), answer), List.of());
    }

    private void assertFinding(String template, ChatRow row, RowFinding finding, String field) {
        assertThatThrownBy(() -> encoder(template).encode(row)).isInstanceOfSatisfying(RowRefused.class, refused -> {
            assertThat(refused.finding()).contains(finding);
            assertThat(refused.field()).isEqualTo(field);
        });
    }

    private RowEncoder encoder(String template) {
        ChatTemplate chatTemplate = ChatTemplate.of(template, Map.of("bos_token", "<s>", "eos_token", "</s>"));
        return new RowEncoder(tokenizer, Optional.of(chatTemplate), 512);
    }

    private static void assertRefused(Runnable encoding, String reason) {
        assertThatThrownBy(encoding::run).isInstanceOf(RowRefused.class).hasMessageContaining(reason);
    }

    private String supervised(TokenizedRow row) {
        List<Integer> ids = new ArrayList<>();
        for (int t = 0; t < row.length(); t++) {
            if (row.supervised()[t]) {
                ids.add(row.ids()[t]);
            }
        }
        return tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray(), false);
    }
}
