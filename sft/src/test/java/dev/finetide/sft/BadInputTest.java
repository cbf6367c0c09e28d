package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.sft.safetensors.SafetensorsFile;
import dev.finetide.sft.safetensors.SafetensorsWriter;
import dev.finetide.sft.text.CharacterTokenizer;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.text.Tokenizer;
import dev.finetide.sft.train.Digests;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that are larger than memory or mean harm: a clear error, before anything is allocated for them. The classes of
/// malformed safetensors headers are in SafetensorsFileTest, wrong fields of config.json in CausalLmTest.
class BadInputTest {
    private static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(1);

    /// More than this machine and any other has; the file system stores a hole.
    private static final long HUGE = 1L << 42;

    @TempDir
    Path temp;

    private Path dir;

    @BeforeEach
    void saveModel() throws IOException {
        dir = temp.resolve("model");
        CharacterTokenizer.write(Files.createDirectories(temp.resolve("config")), false)
                .close();
        try (CausalLm lm = TinyModel.create(temp.resolve("config"), 1)) {
            lm.save(dir, TensorType.F32);
        }
        Files.writeString(dir.resolve("generation_config.json"), "{\"eos_token_id\": 1}");
    }

    private static void grow(Path file, long bytes) throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(bytes);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "tokenizer.json"})
    void aFileLargerThanMemoryIsRefusedByItsSize(String name) throws IOException {
        grow(dir.resolve(name), HUGE);
        assertThatThrownBy(() -> CausalLm.load(dir, OPTIONS))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat_template.jinja", "tokenizer_config.json"})
    void aChatTemplateLargerThanMemoryIsRefused(String name) throws IOException {
        grow(dir.resolve(name), HUGE);
        assertThatThrownBy(() -> ChatTemplate.load(dir))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("bytes");
    }

    @ParameterizedTest
    @CsvSource({"100000001, the header is said to have", "9223372036854775807, the header is said to have"})
    void aHugeHeaderIsRefusedEvenWhenTheFileHasTheBytes(long header, String reason) throws IOException {
        Path file = dir.resolve("model.safetensors");
        Files.write(
                file,
                ByteBuffer.allocate(9)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header)
                        .put((byte) '{')
                        .array());
        grow(file, 1L << 31);
        assertThatThrownBy(() -> CausalLm.load(dir, OPTIONS))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("model.safetensors")
                .hasMessageContaining(reason);
    }

    @Test
    void aModelThatSaysItIsHugeIsRefusedByItsTensorsBeforeAnyIsAllocated() throws IOException {
        String config = Files.readString(dir.resolve("config.json"));
        Files.writeString(
                dir.resolve("config.json"),
                config.replaceFirst("\"intermediate_size\"\\s*:\\s*40", "\"intermediate_size\": 16777216"));
        assertThatThrownBy(() -> CausalLm.load(dir, OPTIONS))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("model.safetensors: tensor \"model.layers.0.mlp")
                .hasMessageContaining("16777216");
    }

    /// A template that loops, recurses, raises or grows without end refuses the row and says why; nothing hangs.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}  | makes values of more than
            {% set r = range(9999) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %} | steps
            {% macro m() %}{{ m() }}{% endmacro %}{{ m() }}                                 | nest
            {{ raise_exception('only in pairs') }}                                          | only in pairs
            {% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %} | longer
            {{ messages[0].content.nothing.there }}                                         | nothing
            """)
    void aTemplateWithoutEndRefusesTheRow(String template, String reason) throws IOException {
        Files.writeString(dir.resolve("chat_template.jinja"), template);
        try (Tokenizer tokenizer = Tokenizer.load(dir)) {
            assertThatThrownBy(() -> new RowEncoder(tokenizer, ChatTemplate.load(dir), 64)
                            .encode(new PromptCompletionRow("question", "answer")))
                    .isInstanceOf(RowRefused.class)
                    .hasMessageContaining("the chat template refuses a conversation of one question and its answer: ")
                    .hasMessageContaining(reason);
        }
    }

    @Test
    void aTemplateThatIsNoneIsRefusedWithItsLine() throws IOException {
        Files.writeString(dir.resolve("chat_template.jinja"), "a\n{% for %}\n");
        assertThatThrownBy(() -> ChatTemplate.load(dir))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("chat_template.jinja: chat template line 2");
    }

    /// A template that is there and cannot be told from another is not the same as none.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"name\": \"tools\", \"template\": \"a\"}]",
                "[{\"name\": \"default\", \"template\": 1}]",
                "[]",
                "{\"template\": \"a\"}",
                "7"
            })
    void aChatTemplateThatNamesNoDefaultIsRefused(String template) throws IOException {
        Files.writeString(dir.resolve("tokenizer_config.json"), "{\"chat_template\": " + template + "}");
        assertThatThrownBy(() -> ChatTemplate.load(dir))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("tokenizer_config.json: chat_template: expected a text, or a list of named ones");
        Files.writeString(
                dir.resolve("tokenizer_config.json"),
                "{\"chat_template\": [{\"name\": \"a\", \"template\": 1}, {\"name\": \"default\", \"template\": \"b\"}]}");
        assertThat(ChatTemplate.load(dir).orElseThrow().identity()).endsWith("\nb");
        Files.writeString(dir.resolve("tokenizer_config.json"), "{\"chat_template\": null}");
        assertThat(ChatTemplate.load(dir)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"61", "-1", "1.5", "\"1\"", "[1, 61]", "{\"a\": 1}"})
    void anEndTokenThatTheBaseDoesNotHaveIsRefusedByItsFile(String id) throws IOException {
        Files.writeString(dir.resolve("generation_config.json"), "{\"eos_token_id\": " + id + "}");
        assertThatThrownBy(() -> CausalLm.load(dir, OPTIONS))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(
                        "generation_config.json: eos_token_id: expected the base's tokens, whose ids are 0 to 60, found");
    }

    @Test
    void aRowLongerThanTheContextIsRefusedByCount() {
        try (Tokenizer tokenizer = Tokenizer.load(dir)) {
            RowEncoder encoder = new RowEncoder(tokenizer, ChatTemplate.load(dir), 64);
            assertThatThrownBy(() -> encoder.encode(new PromptCompletionRow("a".repeat(100), "b")))
                    .isInstanceOf(RowRefused.class)
                    .hasMessage("too long: 102 tokens, at most 64 are accepted");
        }
    }

    /// Weights that are no numbers: loaded as they are, told as soon as something is computed from them.
    @Test
    void weightsThatAreNoNumbersEndTheRunAtItsFirstStep() throws IOException {
        Path file = dir.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        for (int i = bytes.length - 400; i < bytes.length; i++) {
            bytes[i] = (byte) 0xff;
        }
        Files.write(file, bytes);
        try (CausalLm lm = CausalLm.load(dir, OPTIONS)) {
            SftConfig config = SftConfig.forLora().maxSteps(2).build();
            SftTrainer trainer = SftTrainer.prepare(lm, TinyModel.rows(20, 9), List.of(), config);
            assertThat(trainer.estimate(temp, _ -> {})).isEmpty();
            assertThatThrownBy(() -> trainer.run(temp.resolve("checkpoints"), report -> {}))
                    .isInstanceOf(DivergedException.class)
                    .hasMessageStartingWith("step 1: the loss is NaN");
            trainer.close();
        }
    }

    /// A last norm this large gives a loss that is a number and gradients that overflow.
    @Test
    void aGradientThatIsNoNumberChangesNoWeight() throws IOException {
        Path file = dir.resolve("model.safetensors");
        rewrite(file, "model.norm.weight", 4e37f);
        TokenizedRow row = new TokenizedRow(new int[20], new boolean[20]);
        for (int t = 1; t < 20; t += 2) {
            row.ids()[t] = 7;
            row.supervised()[t] = true;
        }
        try (CausalLm lm = CausalLm.load(dir, OPTIONS)) {
            SftConfig config = SftConfig.forFull().weightDecay(0.01).build();
            String before = Digests.ofParameters(lm.weights());
            SftTrainer trainer = SftTrainer.prepare(lm, List.of(row), List.of(), config);
            assertThat(trainer.estimate(temp, _ -> {})).isEmpty();
            assertThat(Digests.ofParameters(lm.weights())).isEqualTo(before);
            assertThatThrownBy(() -> trainer.run(temp.resolve("checkpoints"), report -> {}))
                    .isInstanceOf(DivergedException.class)
                    .hasMessageStartingWith("step 1: the gradient's norm is ");
            assertThat(Digests.ofParameters(lm.weights())).isEqualTo(before);
            trainer.close();
        }
    }

    /// Gives all elements of a tensor one value.
    private static void rewrite(Path file, String tensor, float value) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter(TensorType.F32);
        try (SafetensorsFile old = new SafetensorsFile(file)) {
            for (String name : old.tensors().keySet()) {
                float[] elements = old.floats(name);
                if (name.equals(tensor)) {
                    Arrays.fill(elements, value);
                }
                writer.add(name, old.tensor(name).dimensions(), MemorySegment.ofArray(elements));
            }
        }
        writer.write(file);
    }
}
