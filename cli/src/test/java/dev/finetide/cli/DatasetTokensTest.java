package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.platform.Datasets;
import dev.finetide.cli.platform.Platform;
import dev.finetide.proto.dataset.v1.ExplainRowRequest;
import dev.finetide.proto.dataset.v1.FoundRow;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.RowToken;
import dev.finetide.proto.dataset.v1.RowTokens;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTokensTest {
    private static final RowTokens ROW = RowTokens.newBuilder()
            .setRow(Row.newBuilder()
                    .setSplit("train")
                    .setNumber(3)
                    .setPlace(RowPlace.newBuilder().setFile("train.jsonl").setLine(3)))
            .setBase("projects/default/bases/tiny")
            .setChatTemplate(true)
            .addTokens(token("<|user|>", false).setSpecial(true))
            .addTokens(token("\nWhere <b>is</b>\u001b[31m it?", false))
            .addTokens(token("", false))
            .addTokens(token(" In", true))
            .addTokens(token(" Bonn.\n", true))
            .addTokens(token("<|end|>", true).setSpecial(true))
            .setLearntTokens(3)
            .setPromptTokens(3)
            .setContextTokens(2048)
            .addFindings(RowFinding.BROKEN_PREFIX)
            .build();

    @TempDir
    Path directory;

    private final Datasets datasets = new Datasets();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(datasets);
        datasets.tokens.set(ROW);
        datasets.supervision.set(SupervisionReport.newBuilder()
                .setDatasetVersion("projects/default/datasets/tickets/versions/2")
                .setBase("projects/default/bases/tiny")
                .setSplit("train")
                .setRows(1200)
                .setTokens(93_120)
                .setLearntTokens(31_040)
                .setLongestRow(412)
                .addFindings(RowFindingCount.newBuilder()
                        .setFinding(RowFinding.NO_END_TOKEN)
                        .setRows(2)
                        .addFirst(FoundRow.newBuilder()
                                .setPlace(RowPlace.newBuilder()
                                        .setFile("part-0.parquet")
                                        .setRecord(9))
                                .setField("messages[1]")))
                .build());
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void learntTokensAreMarkedWithoutColours() {
        CliRun run = tokens("--row", "3", "--split", "train", "--text");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEqualToNormalizingNewlines("""
                train row 3, train.jsonl line 3, read by tiny, with its chat template
                6 tokens of at most 2,048, 3 of them learnt; the prompt alone has 3
                  ! the prompt, tokenised alone, is not what was trained; end prompts without white space and begin \
                completions with it

                <|user|>\\n
                Where <b>is</b>␛[31m it?⟦ In Bonn.\\n
                <|end|>⟧

                learnt: ⟦ ⟧   \\n is a line break that a token has; the line breaks after it are for reading
                """);
        assertThat(datasets.explanations)
                .containsExactly(ExplainRowRequest.newBuilder()
                        .setName("projects/default/datasets/tickets/versions/latest")
                        .setBase("projects/default/bases/tiny")
                        .setSplit("train")
                        .setRow(3)
                        .setAsText(true)
                        .build());
    }

    @Test
    void aSplitIsCountedWithTheFirstRowsOfEachFinding() {
        CliRun run = tokens("--max-length", "2048");

        assertThat(run.out()).isEqualToNormalizingNewlines("""
                train of tickets@2, read by tiny: 1,200 rows, 93,120 tokens, 31,040 (33 %) of them learnt; the longest \
                row has 412
                  2 rows: no token that ends the answer is learnt
                    part-0.parquet record 9, messages[1]
                    ...
                """);
        assertThat(datasets.checks.getFirst().getMaxLength()).isEqualTo(2048);
    }

    @Test
    void aPageShowsRowsAsTextWhateverTheyContain() throws IOException {
        Path page = directory.resolve("row.html");

        CliRun run = tokens("--row", "3", "--html", page.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Files.readString(page))
                .contains("Where &lt;b&gt;is&lt;/b&gt;␛[31m it?")
                .contains("<span class=\"t learnt special\" title=\"token 6, id 7, learnt\">&lt;|end|&gt;</span>")
                .contains("prefers-color-scheme: dark", "width=device-width")
                .doesNotContain("<b>", "\u001b", "<script", "http");
        assertThat(tokens("--row", "3", "--html", page.toString()).exitCode()).isEqualTo(4);
    }

    @Test
    void aPageOfASplitHasItsCountsAndFirstRows() throws IOException {
        Path page = directory.resolve("split.html");

        tokens("--html", page.toString());

        assertThat(datasets.explanations)
                .extracting(ExplainRowRequest::getRow)
                .hasSize(10)
                .contains(1L, 10L);
        assertThat(Files.readString(page)).contains("1,200 rows", "part-0.parquet record 9, messages[1]");
    }

    @Test
    void rowsAndCountsAreTwoQuestions() {
        assertThat(tokens("--row", "1", "--all").exitCode()).isEqualTo(2);
        assertThat(tokens("--split", "test", "--all").exitCode()).isEqualTo(2);
    }

    private static RowToken.Builder token(String text, boolean learnt) {
        return RowToken.newBuilder().setId(7).setText(text).setLearnt(learnt);
    }

    private CliRun tokens(String... options) {
        return CliRun.against(
                platform,
                Stream.concat(
                                Stream.of("dataset", "tokens", "tickets", "--base", "projects/default/bases/tiny"),
                                Stream.of(options))
                        .toArray(String[]::new));
    }
}
