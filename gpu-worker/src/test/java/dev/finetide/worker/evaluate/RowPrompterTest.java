package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.proto.evaluation.v1.ExampleOrder;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.TextRow;
import dev.finetide.sft.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RowPrompterTest {
    private static final Path DEMO = Path.of("../demo/base");
    private static final TextRow ASKED = new PromptCompletionRow("red green blue", "four");
    private static final List<TextRow> TRAIN = List.of(
            new PromptCompletionRow("red green", "two"),
            new PromptCompletionRow("red", "one"),
            new PromptCompletionRow("red green blue", "three"));

    private static Tokenizer tokenizer;

    @BeforeAll
    static void load() {
        tokenizer = Tokenizer.load(DEMO);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static Prompting.Builder examples(int count) {
        return Prompting.newBuilder().setExamples(Examples.newBuilder().setCount(count));
    }

    private static RowPrompter prompter(Prompting prompting, Optional<ChatTemplate> template, int context) {
        return new RowPrompter(
                prompting, new RowEncoder(tokenizer, template, context), new ExamplePool(TRAIN, false), context - 10);
    }

    private static String prompt(PromptedRow row) {
        return tokenizer.decode(row.examined().prompt(), false);
    }

    @Test
    void theNearestExampleStandsNextToTheQuestionUnlessAskedOtherwise() {
        Optional<ChatTemplate> template = ChatTemplate.load(DEMO);
        Prompting all =
                examples(3).setSystem("Count.").setInstruction("How many?").build();
        assertThat(prompt(prompter(all, template, 512).prompt(0, ASKED, 0)))
                .matches("(?s).*<\\|system\\|>Count\\..*<\\|user\\|>How many\\?\n\nred.*<\\|assistant\\|>one.*"
                        + "<\\|user\\|>red green.*<\\|assistant\\|>two.*<\\|user\\|>red green blue.*<\\|assistant\\|>three.*"
                        + "<\\|user\\|>red green blue.*<\\|assistant\\|>");
        Prompting first = all.toBuilder()
                .setExamples(all.getExamples().toBuilder().setOrder(ExampleOrder.NEAREST_FIRST))
                .build();
        assertThat(prompt(prompter(first, template, 512).prompt(0, ASKED, 0)))
                .matches("(?s).*<\\|assistant\\|>three.*<\\|assistant\\|>two.*<\\|assistant\\|>one.*");
    }

    @Test
    void aBaseWithoutTemplateReadsTheExamplesAsText() {
        PromptedRow row = prompter(examples(2).build(), Optional.empty(), 512).prompt(0, ASKED, 0);
        assertThat(prompt(row)).endsWith("red greentwo\n\nred green bluethree\n\nred green blue");
        assertThat(row.examined().expected()).isEqualTo("four");
    }

    @Test
    void lossAndAnswerComeFromTheSameTokens() {
        ExaminedRow row = prompter(examples(3).build(), ChatTemplate.load(DEMO), 512)
                .prompt(0, ASKED, 0)
                .examined();
        boolean[] supervised = row.tokens().supervised();
        assertThat(IntStream.range(0, supervised.length)
                        .filter(i -> supervised[i])
                        .toArray())
                .isEqualTo(IntStream.range(row.answer(), row.answer() + row.answerTokens())
                        .toArray());
    }

    @Test
    void theLeastSimilarExamplesAreDroppedWhereTheContextIsSmall() {
        Optional<ChatTemplate> template = ChatTemplate.load(DEMO);
        int one =
                prompter(examples(1).build(), template, 512).prompt(0, ASKED, 0).promptTokens();
        int two =
                prompter(examples(2).build(), template, 512).prompt(0, ASKED, 0).promptTokens();

        PromptedRow kept = prompter(examples(3).build(), template, two + 10).prompt(5, ASKED, 0);
        assertThat(kept.promptTokens()).isEqualTo(two);
        assertThat(kept.droppedExamples()).isEqualTo(1);
        assertThat(kept.index()).isEqualTo(5);
        assertThat(prompt(kept)).contains("three").contains("two").doesNotContain("<|assistant|>one");
        assertThat(prompter(examples(3).build(), template, two + 9)
                        .prompt(0, ASKED, 0)
                        .promptTokens())
                .isEqualTo(one);
        PromptedRow bare = prompter(examples(3).build(), template, one + 9).prompt(0, ASKED, 0);
        assertThat(bare.droppedExamples()).isEqualTo(3);
        assertThatThrownBy(() -> prompter(examples(3).build(), template, 6).prompt(0, ASKED, 0))
                .isInstanceOf(RowRefused.class)
                .hasMessageContaining("too long");
    }

    @Test
    void anotherAnswerHasTheWhiteSpaceOfTheOwnOne() {
        TextRow row = new PromptCompletionRow("red", " one\n");
        PromptedRow prompted = new PromptedRow(0, row, new RowEncoder(tokenizer, Optional.empty(), 99).examine(row), 0);
        assertThat(prompted.withAnswer("two")).isEqualTo(new PromptCompletionRow("red", " two\n"));
    }
}
