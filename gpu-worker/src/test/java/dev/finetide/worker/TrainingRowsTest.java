package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Timestamp;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.worker.v1.TrainTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TrainingRowsTest {
    private static final String MANUAL = "projects/p/datasets/manual/versions/1";
    private static final String LONG = "projects/p/datasets/long/versions/1";
    private static final Path DEMO = Path.of("../demo/base");

    private static CausalLm base;

    @BeforeAll
    static void load() {
        base = CausalLm.load(DEMO, EngineOptions.defaults().withThreads(1));
    }

    @AfterAll
    static void close() {
        base.close();
    }

    @Test
    void theValidationSplitOfTheVersionIsValidatedOnAndNeverLearnt() {
        Map<String, List<SourcedRow>> splits = Map.of(
                "train",
                chats("train", 6),
                "validation",
                chats("held", 3),
                "test",
                chats("test", 2),
                "abroad",
                chats("far", 2));

        TrainingRows read = read(splits, TrainingConfig.newBuilder(), RowFormat.PROMPT_COMPLETION);

        assertThat(texts(read.parts().learnt())).hasSize(6).allMatch(text -> text.contains("train"));
        assertThat(texts(read.parts().heldOut())).hasSize(3).allMatch(text -> text.contains("held"));
        assertThat(read.report().getTrainRows()).isEqualTo(6);
    }

    @Test
    void textsAreLearntWithoutTheTemplateAndNeedNoAnswerLimit() {
        List<SourcedRow> texts = Stream.of("The parcel.", "The refund.")
                .map(text -> SourcedRow.parse("{\"text\":\"%s\"}".formatted(text)))
                .toList();

        TrainingRows read = read(Map.of("train", texts, "test", texts), TrainingConfig.newBuilder(), RowFormat.TEXT);

        assertThat(read.rendering()).isEqualTo(Rendering.PLAIN_TEXT);
        assertThat(read.maxNewTokens()).isEmpty();
        assertThat(texts(read.parts().learnt()).getFirst()).contains("The parcel.");
        TokenizedRow first = read.parts().learnt().getFirst();
        assertThat(first.supervisedTokens()).isEqualTo(first.length() - 1);
    }

    @Test
    void everyFindingOfTheTrainSplitIsCountedWithItsFirstRows() {
        String place = ",\"source\":{\"file\":\"data/a.jsonl\",\"line\":%d}}";
        List<SourcedRow> train = Stream.of(
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]" + place.formatted(2),
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"\"}]"
                                + place.formatted(3),
                        "{\"prompt\":\"q\",\"completion\":\"a\"" + place.formatted(4))
                .map(SourcedRow::parse)
                .toList();
        TrainingConfig.Builder leaving = TrainingConfig.newBuilder()
                .addLeaveOut(RowFinding.NOTHING_LEARNT)
                .addLeaveOut(RowFinding.EMPTY_ANSWER);

        TrainingRows read = read(Map.of("train", train, "test", chats("test", 1)), leaving, RowFormat.CHAT);

        assertThat(read.report().getFindingsList().stream()
                        .map(count -> count.getFinding() + " " + count.getRows() + " "
                                + count.getFirst(0).getPlace().getLine() + " "
                                + count.getFirst(0).getField())
                        .toList())
                .contains("NOTHING_LEARNT 1 2 ", "EMPTY_ANSWER 1 3 messages[1]");
        assertThat(read.report().getTrainRows()).isEqualTo(1);
        assertThatThrownBy(() -> read(Map.of("train", train), TrainingConfig.newBuilder(), RowFormat.CHAT))
                .hasMessageStartingWith("data/a.jsonl line 2: messages: expected at least one with role assistant")
                .hasMessageContaining("2 of the 3 rows of the train split cannot be used")
                .hasMessageContaining("--leave-out nothing-learnt");
    }

    @Test
    void aBaseOfAnotherTemplateContractIsRefusedWithBothDigests() {
        Base.Builder recorded = Base.newBuilder().setName("projects/p/bases/b");
        AttemptInputs.requireContract(recorded.build(), DEMO);
        AttemptInputs.requireContract(
                recorded.setTemplateDigest(base.templateDigest()).build(), DEMO);
        assertThatThrownBy(() -> AttemptInputs.requireContract(
                        recorded.setTemplateDigest("aa").build(), DEMO))
                .isInstanceOf(WorkerFailure.class)
                .hasMessageContaining("projects/p/bases/b has aa, the fetched base has " + base.templateDigest());
    }

    private static List<String> texts(List<TokenizedRow> rows) {
        return rows.stream()
                .map(row -> base.tokenizer().decode(Arrays.copyOf(row.ids(), row.length()), false))
                .toList();
    }

    private static List<SourcedRow> chats(String word, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> SourcedRow.parse("{\"prompt\":\"%s %d\",\"completion\":\"yes\"}".formatted(word, i)))
                .toList();
    }

    @Test
    void rowsAreLearntAndValidatedOnWithTheirPassagesAndTheTestRowsAreNot() {
        Map<String, List<SourcedRow>> splits =
                Map.of("train", chats("train", 3), "validation", chats("held", 2), "test", chats("test", 2));
        TrainingConfig.Builder looking = TrainingConfig.newBuilder()
                .setPassages(Retrieval.newBuilder().setCount(1).setDocuments(MANUAL));

        TrainingRows alone = read(splits, TrainingConfig.newBuilder(), RowFormat.PROMPT_COMPLETION);
        TrainingRows read = read(splits, looking, RowFormat.PROMPT_COMPLETION);
        TrainingRows resumed = read(splits, looking, RowFormat.PROMPT_COMPLETION);

        assertThat(texts(read.parts().learnt()))
                .hasSize(3)
                .allMatch(text -> text.contains("[1] \nAll about train and held"));
        assertThat(texts(read.parts().heldOut()))
                .hasSize(2)
                .allMatch(text -> text.contains("[1] \nAll about train and held"));
        assertThat(read.report().getExample()).contains("All about train").contains("⟦");
        assertThat(read.report().getTokens()).isGreaterThan(alone.report().getTokens());
        assertThat(read.report().getShortenedRows()).isZero();
        assertThat(read.maxNewTokens()).isEqualTo(alone.maxNewTokens());
        assertThat(resumed.parts().identity())
                .as("a later attempt goes on with the same rows")
                .isEqualTo(read.parts().identity())
                .isNotEqualTo(alone.parts().identity());
        assertThat(texts(resumed.parts().learnt())).isEqualTo(texts(read.parts().learnt()));
    }

    @Test
    void passagesForWhichNoRowHasRoomFailTheRun() {
        TrainingConfig.Builder looking = TrainingConfig.newBuilder()
                .setPassages(Retrieval.newBuilder().setCount(2).setDocuments(LONG));
        assertThatThrownBy(() -> read(
                        Map.of("train", chats("train", 3), "test", chats("test", 1)),
                        looking,
                        RowFormat.PROMPT_COMPLETION))
                .isInstanceOf(WorkerFailure.class)
                .hasMessageContaining("no row has room for a passage within a prompt of ")
                .hasMessageContaining("a base with a longer context");
    }

    private static TrainingRows read(
            Map<String, List<SourcedRow>> splits, TrainingConfig.Builder config, RowFormat format) {
        WorkerSpec spec = WorkerSpec.newBuilder()
                .setDatasetVersion(DatasetVersion.newBuilder().setRowFormat(format))
                .setTemplateTime(Timestamp.getDefaultInstance())
                .setTrain(TrainTask.newBuilder().setConfig(config))
                .build();
        PassageSources passages = new PassageSources(
                name -> List.of(
                        chunk(name.equals(LONG) ? "train ".repeat(600) : "All about train and held, and nothing else")),
                () -> {
                    throw new IllegalStateException("no row is looked up by meaning");
                },
                Path.of("vectors"),
                doing -> {});
        return TrainingRows.read(
                (split, limit) -> splits.getOrDefault(split, List.of()), passages, base, spec, new Progress());
    }

    private static Chunk chunk(String text) {
        List<Chunk.Part> parts = List.of(new Chunk.Part(1, text.length(), text.length()));
        return new Chunk("all.md", "", List.of(), parts, 0, text.length(), text);
    }
}
