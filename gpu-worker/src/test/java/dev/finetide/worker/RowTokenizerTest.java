package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.dataset.v1.FoundRow;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.training.v1.RowReport;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowTokenizerTest {
    private static final String ROW = "{\"prompt\":\"a\",\"completion\":\"b\"%s}";
    private static final String LONG = "{\"prompt\":\"a\",\"completion\":\"bbbbbbbbbb\"%s}";
    private static final String LINE_11 = ",\"source\":{\"file\":\"train\",\"line\":11}";

    @TempDir
    Path dir;

    private Tokenizer tokenizer;
    private RowTokenizer rows;

    @BeforeEach
    void open() throws IOException {
        Files.writeString(dir.resolve("tokenizer.json"), """
                {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":null,
                 "post_processor":null,"decoder":{"type":"Fuse"},
                 "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,
                  "fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"vocab":{"$":0,"a":1,"b":2},"merges":[]}}""");
        Files.writeString(dir.resolve("config.json"), "{\"eos_token_id\":0}");
        tokenizer = Tokenizer.load(dir);
        rows = tokenizer();
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    @Test
    void aRowThatCannotBeLearnedFromIsNamedByItsLineInTheUpload() {
        List<SourcedRow> split =
                List.of(SourcedRow.parse(ROW.formatted("")), SourcedRow.parse(LONG.formatted(LINE_11)));

        for (String name : List.of("train", "validation", "test")) {
            assertThatThrownBy(() -> rows.examine(split, name, rows.findings()))
                    .isInstanceOf(WorkerFailure.class)
                    .hasMessage("line 11 of the train file: too long: 12 tokens, at most 8 are accepted;"
                            + " leave_out TOO_LONG (--leave-out too-long) would leave such rows out");
        }
    }

    @Test
    void aRowOfAnOldShardIsNamedByItsPlaceInTheSplit() {
        List<SourcedRow> split = List.of(SourcedRow.parse(ROW.formatted("")), SourcedRow.parse(LONG.formatted("")));

        assertThatThrownBy(() -> rows.examine(split, "test", rows.findings()))
                .hasMessageStartingWith("row 1 of the test split, counted from 0 (its line in the upload is not known):"
                        + " too long: 12 tokens, at most 8 are accepted");
    }

    @Test
    void aRefusalSaysHowManyRowsThereAre() {
        List<SourcedRow> split = List.of(
                SourcedRow.parse(LONG.formatted(LINE_11)),
                SourcedRow.parse(ROW.formatted("")),
                SourcedRow.parse(LONG.formatted("")));

        assertThatThrownBy(() -> rows.examine(split, "train", rows.findings()))
                .hasMessageContaining("; 2 of the 3 rows of the train split cannot be used;");
    }

    @Test
    void rowsAreLeftOutByChoiceAndCounted() {
        List<SourcedRow> split =
                List.of(SourcedRow.parse(LONG.formatted(LINE_11)), SourcedRow.parse(ROW.formatted("")));
        RowTokenizer leaving = tokenizer(RowFinding.TOO_LONG);
        RowFindings findings = leaving.findings();

        RowTokenizer.Split accepted = leaving.examine(split, "train", findings);
        RowReport report = findings.report(
                accepted.examined().stream().map(ExaminedRow::tokens).toList(), tokenizer);

        assertThat(accepted.rows()).containsExactly(split.getLast());
        assertThat(report.getFindingsList())
                .containsExactly(RowFindingCount.newBuilder()
                        .setFinding(RowFinding.TOO_LONG)
                        .setRows(1)
                        .setLeftOut(true)
                        .addFirst(FoundRow.newBuilder()
                                .setPlace(RowPlace.newBuilder().setFile("train").setLine(11)))
                        .build());
        assertThat(report.getTokens()).isEqualTo(3);
        assertThat(report.getSupervisedTokens()).isEqualTo(2);
        assertThat(report.getExample()).isEqualTo("a⟦b$⟧");
    }

    @Test
    void answersThatTheLimitCutsAreCounted() {
        RowTokenizer.Split split =
                rows.examine(List.of(SourcedRow.parse(ROW.formatted(LINE_11))), "test", rows.findings());
        TrainingConfig.Builder config = TrainingConfig.newBuilder();
        RowFindings findings = rows.findings();

        assertThat(TrainingRows.maxNewTokens(config.build(), split, findings)).isEqualTo(2);
        assertThat(findings.report().getFindingsList()).isEmpty();
        config.getEvaluationBuilder().setMaxNewTokens(1);
        assertThat(TrainingRows.maxNewTokens(config.build(), split, findings)).isEqualTo(1);
        assertThat(findings.report().getFindingsList())
                .singleElement()
                .satisfies(count -> assertThat(count.getFinding()).isEqualTo(RowFinding.LONG_ANSWER));
    }

    private RowTokenizer tokenizer(RowFinding... leftOut) {
        return new RowTokenizer(
                new RowEncoder(tokenizer, Optional.empty(), 8), Rendering.PLAIN_TEXT, Set.of(leftOut), new Progress());
    }

    @Test
    void aLineOfAShardThatIsNoRowIsNamedInTheSameWay() {
        assertThat(AttemptInputs.row(ROW.formatted(LINE_11), "train", 8).source())
                .isPresent();
        assertThatThrownBy(() -> AttemptInputs.row("{\"prompt\":\"a\"" + LINE_11 + "}", "train", 8))
                .isInstanceOf(WorkerFailure.class)
                .hasMessage("line 11 of the train file: completion: expected a string, found nothing");
        assertThatThrownBy(() -> AttemptInputs.row("{", "train", 8))
                .hasMessageStartingWith("row 8 of the train split, counted from 0")
                .hasMessageContaining("not one JSON object");
    }
}
