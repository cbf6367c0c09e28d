package dev.finetide.worker.evaluate;

import static dev.finetide.worker.evaluate.EvaluationStage.arm;
import static dev.finetide.worker.evaluate.EvaluationStage.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.template.Message;
import dev.finetide.proto.evaluation.v1.AnswerLeaks;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.Passage;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Retriever;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.retrieval.embed.Embedder;
import dev.finetide.retrieval.embed.MiniLm;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Arms that look passages up, on the demo's base without services.
class PassageArmsTest {
    private static final String MANUAL = "projects/p/datasets/manual/versions/1";
    private static final List<Chunk> CHUNKS = List.of(
            chunk("pump.md", 1, "Fill the pump with water before the first start."),
            chunk("pump.md", 2, "A red lamp means that the filter is blocked."),
            chunk("door.md", 1, "The door opens when the key is turned twice."),
            chunk("door.md", 2, "Oil the hinges every month."));
    private static final List<TextRow> TRAIN = List.of(
            new PromptCompletionRow("Who made the pump?", "A firm in the north of the town"),
            new PromptCompletionRow("How heavy is the door?", "Forty kilograms"));

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

    private static Chunk chunk(String document, int paragraph, String text) {
        List<Chunk.Part> parts = List.of(new Chunk.Part(paragraph, text.length(), text.length()));
        return new Chunk(document, "Manual", List.of(), parts, 0, text.length(), text);
    }

    private static SourcedRow row(String question, String answer, String document, int paragraph) {
        return new SourcedRow(
                new PromptCompletionRow(question, answer),
                Optional.empty(),
                Map.of("document", document, "paragraph", Integer.toString(paragraph)));
    }

    private static final List<SourcedRow> ASKED = List.of(
            row("What does the red lamp mean?", "blocked filter", "pump.md", 2),
            row("How often are hinges oiled?", "every month", "door.md", 2));

    private static EvaluationData data(List<TextRow> validation) {
        Measuring measuring = Measuring.of(
                EvaluationConfig.getDefaultInstance(),
                TRAIN.stream().map(RowTexts::userText).toList(),
                TRAIN.stream().map(RowTexts::answer).toList());
        return new EvaluationData("test", ASKED, TRAIN, validation, measuring, 4, 0);
    }

    private static Prompting passages(int count, Retriever retriever, String documents) {
        return Prompting.newBuilder()
                .setRetrieval(Retrieval.newBuilder()
                        .setCount(count)
                        .setRetriever(retriever)
                        .setDocuments(documents))
                .build();
    }

    private Recording run(EvaluationData data, List<Chunk> chunks, Supplier<Embedder> embedder, EvaluationArm... arms) {
        Recording recording = new Recording();
        PassageSources sources = new PassageSources(name -> chunks, embedder, vectors, doing -> {});
        assertThat(EvaluationStage.evaluation(base, models, data, nothing(), recording, sources)
                        .run(List.of(arms)))
                .isTrue();
        return recording;
    }

    private static Embedder none() {
        throw new IllegalStateException("no arm needs the sentence model");
    }

    /// Counts texts, and gives each the direction of its first letter.
    private static final class Letters implements Embedder {
        private final List<String> embedded = new ArrayList<>();

        @Override
        public float[][] embed(List<String> texts) {
            embedded.addAll(texts);
            float[][] vectors = new float[texts.size()][dimensions()];
            for (int i = 0; i < vectors.length; i++) {
                vectors[i][Math.floorMod(texts.get(i).hashCode(), dimensions())] = 1;
            }
            return vectors;
        }

        @Override
        public int dimensions() {
            return 4;
        }

        @Override
        public String identity() {
            return "letters";
        }

        @Override
        public void close() {}
    }

    @Test
    void resultsNameTheirPassagesAndSayWhetherTheyAnswer() {
        Recording recording = run(
                data(List.of()),
                CHUNKS,
                PassageArmsTest::none,
                arm("base"),
                arm("rag", passages(2, Retriever.BM25, MANUAL)));

        assertThat(recording.failures).isEmpty();
        ExampleResult lamp = recording.of("rag").stream()
                .filter(result -> result.getRow() == 0)
                .findFirst()
                .orElseThrow();
        assertThat(lamp.getPassagesList()).hasSize(2);
        Passage best = lamp.getPassages(0);
        assertThat(best.getDocument()).isEqualTo("pump.md");
        assertThat(best.getParagraph()).isEqualTo(2);
        assertThat(best.getAnswers()).isTrue();
        assertThat(lamp.getPassages(1).getAnswers()).isFalse();
        assertThat(lamp.getScoresMap()).containsEntry("passage_recall", 1.0).containsEntry("passage_mrr", 1.0);
        assertThat(lamp.getSentPrompt())
                .contains("[1] Manual")
                .contains("filter is blocked")
                .contains("red lamp mean?");
        assertThat(lamp.getPrompt()).isEqualTo("What does the red lamp mean?");
        assertThat(recording.of("base"))
                .allSatisfy(result -> assertThat(result.getScoresMap()).doesNotContainKey("passage_recall"));
        assertThat(recording
                        .preparations
                        .get("rag")
                        .getPrompting()
                        .getRetrieval()
                        .getRetriever())
                .isEqualTo(Retriever.BM25);
    }

    @Test
    void passagesThatDoNotFitAreDroppedWholeWorstFirst() {
        String long200 = " red lamp".repeat(100);
        List<Chunk> chunks = new ArrayList<>(CHUNKS);
        IntStream.range(0, 3).forEach(i -> chunks.add(chunk("long.md", i + 1, "red lamp mean" + long200)));

        Recording recording =
                run(data(List.of()), chunks, PassageArmsTest::none, arm("rag", passages(4, Retriever.BM25, MANUAL)));

        ExampleResult lamp = recording.of("rag").stream()
                .filter(result -> result.getRow() == 0)
                .findFirst()
                .orElseThrow();
        assertThat(lamp.getDroppedPassages()).isPositive();
        assertThat(lamp.getPassagesCount()).isPositive().isEqualTo(4 - lamp.getDroppedPassages());
        assertThat(lamp.getPromptTokens()).isLessThanOrEqualTo(512);
    }

    @Test
    void anArmWithoutRoomForAnyPassageFailsAlone() {
        List<Chunk> chunks = List.of(chunk("huge.md", 1, "red lamp hinges ".repeat(400)));
        Recording recording = run(
                data(List.of()),
                chunks,
                PassageArmsTest::none,
                arm("rag", passages(1, Retriever.BM25, MANUAL)),
                arm("base"));
        assertThat(recording.failures.get("rag"))
                .hasMessageContaining("no room for any passage of " + MANUAL)
                .hasMessageContaining("512 tokens");
        assertThat(recording.of("base")).hasSize(2);
    }

    @Test
    void aLaterAttemptGoesOnWithTheVectorsOfTheOneBefore() {
        Letters first = new Letters();
        run(data(List.of()), CHUNKS, () -> first, arm("dense", passages(2, Retriever.DENSE, MANUAL)));
        assertThat(first.embedded).hasSize(CHUNKS.size() + ASKED.size());
        Letters second = new Letters();
        Recording again =
                run(data(List.of()), CHUNKS, () -> second, arm("dense", passages(2, Retriever.DENSE, MANUAL)));
        assertThat(second.embedded)
                .containsExactlyInAnyOrder("What does the red lamp mean?", "How often are hinges oiled?");
        assertThat(again.of("dense")).hasSize(2);
    }

    @Test
    void theSentenceModelFindsWhatHasOtherWords() {
        List<SourcedRow> asked = List.of(row("When must the machine be lubricated?", "monthly", "door.md", 2));
        EvaluationData data = new EvaluationData(
                "test", asked, TRAIN, List.of(), data(List.of()).measuring(), 4, 0);
        Recording recording = run(
                data,
                CHUNKS,
                () -> new MiniLm(2),
                arm("dense", passages(1, Retriever.DENSE, MANUAL)),
                arm("fused", passages(2, Retriever.FUSED, MANUAL)));
        assertThat(recording.failures).isEmpty();
        assertThat(recording.of("dense").getFirst().getPassages(0).getAnswers()).isTrue();
        assertThat(recording.of("fused").getFirst().getScoresMap()).containsEntry("passage_recall", 1.0);
    }

    @Test
    void trainRowsAreLookedUpWithTheirAnswers() {
        Recording recording =
                run(data(List.of()), CHUNKS, PassageArmsTest::none, arm("rag", passages(1, Retriever.BM25, "")));
        assertThat(recording.of("rag")).allSatisfy(result -> {
            assertThat(result.getPassages(0).getDocument()).isEqualTo("train");
            assertThat(result.getScoresMap()).doesNotContainKey("passage_recall");
        });
    }

    @Test
    void severalWaysToLookUpAreTriedOnValidationRows() {
        List<TextRow> validation = List.of(new PromptCompletionRow("What opens the door?", "the key"));
        Recording recording = run(
                data(validation),
                CHUNKS,
                Letters::new,
                arm("rag", passages(1, Retriever.BM25, MANUAL), passages(2, Retriever.FUSED, MANUAL)));
        assertThat(recording.events)
                .contains("tried rag, 1 passage by words", "tried rag, 2 passages by words and meaning");
        assertThat(recording.preparations.get("rag").getTrialsCount()).isEqualTo(2);
    }

    @Test
    void aTrainRowInATrialIsNotShownItself() {
        PassageSources sources = PassageSources.NONE;
        try (dev.finetide.worker.evaluate.passages.PassageSearch search =
                        new dev.finetide.worker.evaluate.passages.PassageSearch(
                                sources,
                                () -> TRAIN.stream().map(RowTexts::solved).toList());
                ExamplePool trial = new ExamplePool(TRAIN, true, search);
                ExamplePool all = new ExamplePool(TRAIN, false, search)) {
            Retrieval two = passages(2, Retriever.BM25, "").getRetrieval();
            assertThat(trial.passages(two, TRAIN.getFirst()).texts()).doesNotContain(RowTexts.solved(TRAIN.getFirst()));
            assertThat(all.passages(two, TRAIN.getFirst()).texts()).contains(RowTexts.solved(TRAIN.getFirst()));
        }
    }

    @Test
    void answersThatStandInTheTrainRowsAreCounted() {
        List<SourcedRow> asked = List.of(
                row("a", "a firm in the north of the town", "pump.md", 1),
                row("b", "in another country far away", "pump.md", 1),
                row("c", "yes", "pump.md", 1));
        AnswerLeaks leaks = AnswerLeakFindings.of(List.of(arm("rag", passages(3, Retriever.BM25, ""))), asked, TRAIN)
                .orElseThrow();
        assertThat(leaks)
                .isEqualTo(AnswerLeaks.newBuilder()
                        .setChecked(2)
                        .setTooShort(1)
                        .setFound(1)
                        .addRows(1)
                        .build());
        assertThat(AnswerLeakFindings.of(List.of(arm("rag", passages(3, Retriever.BM25, MANUAL))), asked, TRAIN))
                .isEmpty();
    }

    @Test
    void passagesAreScoredWhereRowsNameThem() {
        List<EvaluationArm> arms = List.of(arm("rag", passages(3, Retriever.BM25, MANUAL)));
        assertThat(PassageMetrics.of(arms, ASKED))
                .extracting(MetricInfo::getName)
                .containsExactly("passage_recall", "passage_mrr");
        assertThat(PassageMetrics.of(arms, List.of(new SourcedRow(TRAIN.getFirst(), Optional.empty()))))
                .isEmpty();
        assertThat(PassageMetrics.of(List.of(arm("base")), ASKED)).isEmpty();
    }

    @Test
    void passagesStandInTheLastQuestion() {
        ChatRow chat = new ChatRow(
                List.of(
                        Message.system("Be brief."),
                        Message.user("First?"),
                        Message.assistant("Yes."),
                        Message.user("Second?"),
                        Message.assistant("No.")),
                List.of());
        ChatRow asked = (ChatRow)
                PassagePrompt.with(List.of("A {question} in $1 braces", "B"), "{passages}\n---\n{question}", chat);
        assertThat(asked.messages().get(1).content()).isEqualTo("First?");
        assertThat(asked.messages().get(3).content()).isEqualTo("[1] A {question} in $1 braces\n\n[2] B\n---\nSecond?");
        assertThat(PassagePrompt.with(List.of(), "", chat)).isSameAs(chat);
        assertThatThrownBy(() -> PassagePrompt.with(List.of("A"), "", new TextOnlyRow("text")))
                .isInstanceOf(RowRefused.class);
    }
}
