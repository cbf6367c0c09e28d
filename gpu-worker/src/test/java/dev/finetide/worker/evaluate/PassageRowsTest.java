package dev.finetide.worker.evaluate;

import static dev.finetide.worker.evaluate.EvaluationStage.arm;
import static dev.finetide.worker.evaluate.EvaluationStage.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.template.Message;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Retriever;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.retrieval.embed.MiniLm;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rows to learn get the passages that an arm is asked with.
class PassageRowsTest {
    private static final int REPLY_TOKENS = 8;
    private static final String MANUAL = "projects/p/datasets/manual/versions/1";
    private static final List<Chunk> CHUNKS = List.of(
            chunk("pump.md", "Fill the pump with water before the first start."),
            chunk("lamp.md", "A red lamp means that the filter is blocked."),
            chunk("lamp.md", "red lamp mean " + "the red lamp ".repeat(120)),
            chunk("door.md", "The door opens when the key is turned twice."));
    private static final List<TextRow> ROWS = List.of(
            new PromptCompletionRow("What does the red lamp mean?", "blocked filter"),
            new PromptCompletionRow("What does the pump need before the start?", "water"),
            new PromptCompletionRow("How is the door opened?", "key turned twice"),
            new PromptCompletionRow("Quite other words", "none"));

    @TempDir
    static Path models;

    @TempDir
    Path vectors;

    private static CausalLm base;

    @BeforeAll
    static void load() {
        base = CausalLm.load(EvaluationStage.DEMO, EvaluationStage.OPTIONS);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static Chunk chunk(String document, String text) {
        return new Chunk(
                document,
                "",
                List.of(),
                List.of(new Chunk.Part(1, text.length(), text.length())),
                0,
                text.length(),
                text);
    }

    private PassageSources sources() {
        return new PassageSources(name -> CHUNKS, () -> new MiniLm(2), vectors, doing -> {});
    }

    private static RowEncoder encoder() {
        return AskedModel.base(base).encoder();
    }

    private PassageRows rows(Retrieval wanted, List<TextRow> train) {
        return new PassageRows(
                wanted, train, sources(), encoder(), base.config().maxPositions() - REPLY_TOKENS);
    }

    private static Retrieval retrieval(int count, Retriever retriever, String documents, String template) {
        return Retrieval.newBuilder()
                .setCount(count)
                .setRetriever(retriever)
                .setDocuments(documents)
                .setTemplate(template)
                .build();
    }

    private static String prompt(dev.finetide.sft.text.ExaminedRow row) {
        return base.tokenizer().decode(row.prompt(), false);
    }

    /// Returns the prompts with which an arm asks the rows, as its results have them.
    private List<String> asked(Retrieval wanted) {
        Measuring measuring = Measuring.of(
                EvaluationConfig.getDefaultInstance(),
                ROWS.stream().map(RowTexts::userText).toList(),
                ROWS.stream().map(RowTexts::answer).toList());
        List<SourcedRow> asked =
                ROWS.stream().map(row -> new SourcedRow(row, Optional.empty())).toList();
        Recording recording = new Recording();
        EvaluationData data = new EvaluationData("test", asked, ROWS, List.of(), measuring, REPLY_TOKENS, 0);
        EvaluationStage.evaluation(base, models, data, nothing(), recording, sources())
                .run(List.of(
                        arm("rag", Prompting.newBuilder().setRetrieval(wanted).build())));
        assertThat(recording.failures).isEmpty();
        return IntStream.range(0, ROWS.size())
                .mapToObj(i -> recording.of("rag").stream()
                        .filter(result -> result.getRow() == i)
                        .map(ExampleResult::getSentPrompt)
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    @Test
    void aRowIsLearntWithExactlyThePromptOfTheArm() {
        for (Retrieval wanted : List.of(
                retrieval(3, Retriever.BM25, MANUAL, ""),
                retrieval(1, Retriever.RETRIEVER_UNSPECIFIED, MANUAL, "Q: {question}\n{passages}\nA:"),
                retrieval(2, Retriever.DENSE, MANUAL, ""),
                retrieval(4, Retriever.FUSED, MANUAL, ""))) {
            try (PassageRows learnt = rows(wanted, ROWS)) {
                List<String> prompts =
                        ROWS.stream().map(row -> prompt(learnt.with(row, true))).toList();
                assertThat(prompts).as("%s", wanted).isEqualTo(asked(wanted));
                assertThat(prompts.getFirst()).contains("red lamp");
            }
        }
    }

    @Test
    void passagesThatDoNotFitAreLeftOutAsInTheArmAndCounted() {
        Retrieval wanted = retrieval(3, Retriever.BM25, MANUAL, "");
        try (PassageRows learnt = rows(wanted, ROWS)) {
            assertThat(ROWS.stream().map(row -> prompt(learnt.with(row, true))).toList())
                    .isEqualTo(asked(wanted));
            assertThat(learnt.shortenedRows()).isPositive();
            assertThat(learnt.droppedPassages()).isGreaterThanOrEqualTo(learnt.shortenedRows());
            assertThat(learnt.hadRoom()).isTrue();
        }
        List<TextRow> lamp = List.of(new PromptCompletionRow("the red lamp", "x"));
        try (PassageRows narrow = new PassageRows(wanted, lamp, sources(), encoder(), 12)) {
            narrow.with(lamp.getFirst(), true);
            assertThat(narrow.hadRoom())
                    .as("12 tokens have no room for a passage")
                    .isFalse();
        }
    }

    @Test
    void aTrainRowIsNeverItsOwnPassageAndAnotherSplitsRowMayFindIt() {
        List<TextRow> train = List.of(
                new PromptCompletionRow("What does the red lamp mean?", "blocked filter"),
                new PromptCompletionRow("What does the red lamp mean?", "blocked filter"),
                new PromptCompletionRow("What does the green lamp mean?", "all is well"));
        try (PassageRows learnt = rows(retrieval(2, Retriever.BM25, "", ""), train)) {
            assertThat(prompt(learnt.with(train.getFirst(), true)))
                    .contains("all is well")
                    .doesNotContain("blocked filter");
            assertThat(prompt(learnt.with(train.getFirst(), false))).contains("blocked filter");
        }
    }

    @Test
    void aRowWithoutAQuestionIsRefused() {
        ChatRow mute =
                new ChatRow(List.of(Message.system("Be brief."), Message.assistant("Yes, the lamp.")), List.of());
        try (PassageRows learnt = rows(retrieval(1, Retriever.BM25, "", ""), ROWS)) {
            ChatRow chat = new ChatRow(List.of(Message.user("the lamp?"), Message.assistant("Yes.")), List.of());
            assertThat(prompt(learnt.with(chat, true))).contains("blocked filter");
            assertThat(prompt(learnt.with(mute, true))).doesNotContain("blocked filter");
        }
        assertThatThrownBy(() -> PassagePrompt.with(List.of("A"), "", mute))
                .isInstanceOf(RowRefused.class)
                .hasMessageContaining("no user's turn");
    }
}
