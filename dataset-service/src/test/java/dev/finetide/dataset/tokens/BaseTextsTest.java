package dev.finetide.dataset.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.CheckSupervisionRequest;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ExplainRowRequest;
import dev.finetide.proto.dataset.v1.LengthLimit;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.RowToken;
import dev.finetide.proto.dataset.v1.RowTokens;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.sft.text.CharacterTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseTextsTest {
    private static final String CHATML = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content +"
            + " '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
    private static final String ONLY_USERS_AND_ANSWERS =
            CHATML.replace("{% for m in messages %}", "{% for m in messages if m.role in ['user', 'assistant'] %}");
    private static final String CONFIG = """
            {"model_type":"llama","architectures":["LlamaForCausalLM"],"hidden_size":8,"intermediate_size":8,
             "num_attention_heads":2,"num_key_value_heads":2,"num_hidden_layers":1,"rms_norm_eps":1e-5,"vocab_size":200,
             "max_position_embeddings":64,"tie_word_embeddings":true,"bos_token_id":0,"eos_token_id":1}""";
    private static final String CHAT =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a b\"}]}";

    @TempDir
    Path temp;

    private final InMemoryBlobStore blobs = new InMemoryBlobStore();
    private final Map<String, Base> bases = new ConcurrentHashMap<>();
    private final BaseTexts texts = new BaseTexts(bases::get, blobs);

    @AfterEach
    void close() {
        texts.close();
    }

    @Test
    void aRowIsShownAsTheModelReadsIt() throws IOException {
        RowTokens shown = explain(base("chat", CHATML), CHAT);

        assertThat(text(shown, token -> true))
                .isEqualTo("<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na b<|im_end|>\n");
        assertThat(text(shown, RowToken::getLearnt)).isEqualTo("a b<|im_end|>\n");
        assertThat(text(shown, RowToken::getSpecial)).isEqualTo("<|im_start|><|im_end|><|im_start|><|im_end|>");
        assertThat(shown.getLearntTokens()).isEqualTo(5);
        assertThat(shown.getPromptTokens()).isEqualTo(shown.getTokensCount() - 5);
        assertThat(shown.getContextTokens()).isEqualTo(64);
        assertThat(shown.getChatTemplate()).isTrue();
        assertThat(shown.getFindingsList()).isEmpty();
        assertThat(shown.getTemplateDigest()).hasSize(64);
    }

    @Test
    void whatIsWrongWithARowIsNamedWithItsField() throws IOException {
        RowTokens shown = explain(
                base("chat", ONLY_USERS_AND_ANSWERS),
                "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"q\"},"
                        + "{\"role\":\"assistant\",\"content\":\"" + "a".repeat(70) + "\"}]}");

        assertThat(shown.getFindingsList()).containsExactly(RowFinding.NOT_RENDERED, RowFinding.TOO_LONG);
        assertThat(shown.getFindingFieldsList()).containsExactly("messages[0].content", "");
        assertThat(shown.getTokensCount()).isGreaterThan(70);
    }

    @Test
    void aRowThatABaseCannotReadIsAFindingAndNoError() throws IOException {
        String plain = base("plain", "");
        String refusing = base("refusing", CHATML.replace("m.content +", "(m.content if m.content != 'q' else 1/0) +"));

        assertThat(explain(plain, CHAT).getFindingsList()).containsExactly(RowFinding.REFUSED_BY_TEMPLATE);
        assertThat(explain(refusing, CHAT).getFindingsList()).containsExactly(RowFinding.REFUSED_BY_TEMPLATE);
        assertThat(explain(plain, "{\"prompt\":\"q\",\"completion\":\"\"}").getFindingsList())
                .containsExactly(RowFinding.EMPTY_ANSWER);
        assertThat(explain(plain, "{\"text\":\"abc\"}").getLearntTokens()).isEqualTo(4);
        assertThat(explain(base("chat", CHATML), "{\"text\":\"abc\"}").getChatTemplate())
                .isFalse();
    }

    @Test
    void aSplitIsCountedWithItsFirstRows() throws IOException {
        String base = base("chat", ONLY_USERS_AND_ANSWERS);
        String system = "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"q\"},"
                + "{\"role\":\"assistant\",\"content\":\"a\"}]}";
        String unlearnt = "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},"
                + "{\"role\":\"assistant\",\"content\":\"a\",\"weight\":0}]}";
        List<String> rows = List.of(CHAT, system, unlearnt, system);

        SupervisionReport report = texts.check(
                DatasetVersion.newBuilder().setName("v").build(),
                CheckSupervisionRequest.newBuilder().setBase(base).build(),
                rows(rows),
                () -> false);

        assertThat(report.getRows()).isEqualTo(4);
        assertThat(report.getLearntTokens()).isEqualTo(5);
        assertThat(report.getSplit()).isEqualTo("train");
        assertThat(report.getFindingsList().stream()
                        .map(count -> count.getFinding() + " " + count.getRows() + " " + first(count))
                        .toList())
                .containsExactlyInAnyOrder(
                        "NOT_RENDERED 2 [2 messages[0].content, 4 messages[0].content]", "NOTHING_LEARNT 1 [3 ]");
    }

    @Test
    void rowsAreMeasuredWithTheBasesOwnTokenizerByManyThreads() throws Exception {
        LengthLimit limit =
                LengthLimit.newBuilder().setBase(base("chat", CHATML)).build();
        try (RowLengths lengths = texts.lengths(limit)) {
            int expected = explain(limit.getBase(), CHAT).getTokensCount();

            assertThat(lengths.limit()).isEqualTo(64);
            assertThat(IntStream.range(0, 200)
                            .parallel()
                            .map(i -> tokens(lengths, CHAT))
                            .boxed()
                            .collect(Collectors.toSet()))
                    .containsExactly(expected);
        }
        try (RowLengths lengths =
                texts.lengths(limit.toBuilder().setMaxTokens(9).build())) {
            assertThat(lengths.limit()).isEqualTo(9);
        }
        assertThatThrownBy(
                        () -> texts.lengths(limit.toBuilder().setMaxTokens(65).build()))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("at most 64");
    }

    @Test
    void aBaseInUseStaysWhileOthersComeAndGo() throws Exception {
        String first = base("first", CHATML);
        try (RowLengths lengths =
                texts.lengths(LengthLimit.newBuilder().setBase(first).build())) {
            for (int i = 0; i < 5; i++) {
                explain(base("other" + i, CHATML + i), CHAT);
            }
            assertThat(tokens(lengths, CHAT)).isPositive();
        }
    }

    @Test
    void filesOfAnotherTemplateContractThanTheRecordedOneAreRefused() throws IOException {
        String base = base("chat", CHATML);
        String digest = explain(base, CHAT).getTemplateDigest();
        bases.computeIfPresent(
                base,
                (_, known) -> known.toBuilder()
                        .setTemplateDigest(digest)
                        .setDigest("recorded")
                        .build());
        assertThat(explain(base, CHAT).getTemplateDigest()).isEqualTo(digest);
        bases.computeIfPresent(
                base,
                (_, known) -> known.toBuilder()
                        .setTemplateDigest("aa")
                        .setDigest("other")
                        .build());

        assertThatThrownBy(() -> explain(base, CHAT))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("chat has aa, its stored copy has " + digest);
    }

    @Test
    void aBaseWithABrokenFileIsRefusedByTheFilesName() throws IOException {
        String broken = base("broken", "{% for");

        assertThatThrownBy(() -> explain(broken, CHAT))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("chat_template.jinja")
                .hasMessageNotContaining("finetide-base-");
    }

    private static int tokens(RowLengths lengths, String json) {
        try {
            return lengths.tokens(json.getBytes(StandardCharsets.UTF_8));
        } catch (RowFault e) {
            throw new AssertionError(e);
        }
    }

    private static String first(RowFindingCount count) {
        return count.getFirstList().stream()
                .map(row -> row.getPlace().getLine() + " " + row.getField())
                .toList()
                .toString();
    }

    private static String text(RowTokens shown, java.util.function.Predicate<RowToken> which) {
        return shown.getTokensList().stream()
                .filter(which)
                .map(RowToken::getText)
                .collect(Collectors.joining());
    }

    private RowTokens explain(String base, String json) {
        return texts.explain(ExplainRowRequest.newBuilder().setBase(base).build(), rows(List.of(json)));
    }

    private static Iterator<Row> rows(List<String> rows) {
        List<Row> stored = new ArrayList<>();
        for (String json : rows) {
            stored.add(Row.newBuilder()
                    .setJson(json)
                    .setPlace(RowPlace.newBuilder().setFile("train").setLine(stored.size() + 1L))
                    .build());
        }
        return stored.iterator();
    }

    /// Adds a base whose tokens are characters.
    ///
    /// @param template chat template; empty for none
    private String base(String name, String template) throws IOException {
        Path dir = Files.createDirectories(temp.resolve(name));
        CharacterTokenizer.write(dir, true).close();
        Files.writeString(dir.resolve("config.json"), CONFIG);
        if (!template.isEmpty()) {
            Files.writeString(dir.resolve("chat_template.jinja"), template);
        }
        Base.Builder base = Base.newBuilder().setName(name).setDigest(name);
        try (Stream<Path> files = Files.list(dir)) {
            for (Path file : files.toList()) {
                BlobRef blob = blobs.putContent(Files.readAllBytes(file));
                base.addFiles(BlobFile.newBuilder()
                        .setPath(file.getFileName().toString())
                        .setBlobKey(blob.key())
                        .setSizeBytes(blob.size())
                        .setSha256(blob.sha256()));
            }
        }
        bases.put(name, base.build());
        return name;
    }
}
