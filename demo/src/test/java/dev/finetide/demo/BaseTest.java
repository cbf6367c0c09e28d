package dev.finetide.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.Preface;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.TextRow;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseTest {
    private static final Path BASE = Path.of("base");

    @TempDir
    Path dir;

    @Test
    void theTokenizerIsLearnedFromTheCorpusAgain() throws IOException {
        Pretraining pretraining = new Pretraining(DemoSettings.COMMITTED);
        pretraining.writeTokenizer(dir);
        pretraining.writeConfig(dir);

        for (String file : List.of(
                "tokenizer.json",
                "tokenizer_config.json",
                "chat_template.jinja",
                "config.json",
                "generation_config.json")) {
            assertThat(dir.resolve(file)).hasSameBinaryContentAs(BASE.resolve(file));
        }
    }

    @Test
    void everyTextComesBackFromItsTokens() {
        try (Tokenizer tokenizer = Tokenizer.load(BASE)) {
            for (String text : List.of(
                    "Hello,\nmy Lumo Lamp is broken. #KV-40",
                    "  two  spaces\t\n\n",
                    "Zürich, 漢字 \ud83d\ude00 {\"a\":null}",
                    "a")) {
                assertThat(tokenizer.decode(tokenizer.encode(text, false), false))
                        .isEqualTo(text);
            }
            for (Mail mail : SupportDesk.mails(1, 200, true)) {
                assertThat(tokenizer.decode(tokenizer.encode(mail.text(), true), true))
                        .isEqualTo(mail.text());
            }
        }
    }

    @Test
    void whatIsCopiedHasTheSameTokensInMailAndTicket() {
        try (Tokenizer tokenizer = Tokenizer.load(BASE)) {
            for (Mail mail : SupportDesk.mails(1, 100, true)) {
                List<String> copied = Stream.of(Optional.of(mail.customer()), mail.product(), mail.order())
                        .flatMap(Optional::stream)
                        .toList();
                for (String text : copied) {
                    int[] tokens = tokenizer.encode(text, false);
                    assertThat(tokenizer.encode(mail.text(), false)).containsSequence(tokens);
                    assertThat(tokenizer.encode(Ticket.of(mail), false)).containsSequence(tokens);
                    assertThat(tokens.length).isLessThanOrEqualTo(4);
                }
            }
        }
    }

    @Test
    void theSameSeedGivesTheSameWeights() throws IOException {
        Pretraining pretraining = new Pretraining(DemoSettings.COMMITTED.withDocuments(96));
        for (String name : List.of("a", "b")) {
            Path base = dir.resolve(name);
            for (String file : List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")) {
                Files.createDirectories(base);
                Files.copy(BASE.resolve(file), base.resolve(file));
            }
            pretraining.writeConfig(base);
            pretraining.train(
                    base, dir.resolve(name + "-work"), EngineOptions.defaults().withThreads(2));
        }

        assertThat(dir.resolve("a/model.safetensors")).hasSameBinaryContentAs(dir.resolve("b/model.safetensors"));
    }

    @Test
    void theCommittedBaseLoads() {
        try (CausalLm lm = CausalLm.load(BASE, EngineOptions.defaults())) {
            assertThat(lm.config().vocab()).isEqualTo(DemoSettings.COMMITTED.vocabulary());
            assertThat(lm.config().maxPositions()).isEqualTo(DemoSettings.MAX_LENGTH);
        }
    }

    @Test
    void examplesInThePromptHelpTheBase() throws IOException {
        List<TextRow> train = rows("train.jsonl");
        List<TextRow> test = rows("test.jsonl").subList(0, 40);
        SimilarRows similar = new SimilarRows(train);
        try (CausalLm lm = CausalLm.load(BASE, EngineOptions.defaults())) {
            double alone = rightFields(lm, test);
            double shown = rightFields(
                    lm,
                    test.stream()
                            .map(row -> new Preface("", "", similar.nearest(row, 2)).before(row, true))
                            .toList());

            assertThat(alone).isLessThan(0.05);
            assertThat(shown).isGreaterThan(0.25);
        }
    }

    /// Returns the part of all fields of the rows' tickets that the model writes as expected.
    private static double rightFields(CausalLm lm, List<TextRow> rows) {
        RowEncoder encoder = new RowEncoder(lm.tokenizer(), ChatTemplate.load(BASE), DemoSettings.MAX_LENGTH);
        List<ExaminedRow> examined = rows.stream().map(encoder::examine).toList();
        List<Generation> generations = new Generator(lm)
                .generate(
                        examined.stream().map(ExaminedRow::prompt).toList(),
                        GenerationConfig.greedy(40, encoder.stopIds()));
        int right = 0;
        for (int i = 0; i < rows.size(); i++) {
            String written = lm.tokenizer().decode(generations.get(i).newTokens(), true);
            right += Ticket.rightFields(examined.get(i).expected(), written);
        }
        return (double) right / (rows.size() * Ticket.FIELDS);
    }

    private static List<TextRow> rows(String file) throws IOException {
        return Files.readAllLines(Path.of("support-desk").resolve(file)).stream()
                .map(TextRow::parse)
                .toList();
    }

    @Test
    void everyRowFitsAndHasSomethingToLearn() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(BASE)) {
            RowEncoder encoder = new RowEncoder(tokenizer, ChatTemplate.load(BASE), 256);
            assertThat(encoder.stopIds()).containsExactly(1);
            for (String file : List.of("train.jsonl", "test.jsonl")) {
                for (String line : Files.readAllLines(Path.of("support-desk").resolve(file))) {
                    check(encoder, line);
                }
            }
        }
    }

    private static void check(RowEncoder encoder, String line) {
        TextRow row = TextRow.parse(line);
        TokenizedRow tokenized = encoder.encode(row);
        int answer = tokenized.supervisedTokens();
        assertThat(answer).isBetween(15, 40);
        assertThat(tokenized.ids()[tokenized.length() - 1]).isEqualTo(1);
        assertThat(encoder.examine(row).prompt())
                .containsExactly(Arrays.copyOf(tokenized.ids(), tokenized.length() - answer));
        assertThat(line).contains(encoder.examine(row).expected().replace("\"", "\\\""));
    }
}
