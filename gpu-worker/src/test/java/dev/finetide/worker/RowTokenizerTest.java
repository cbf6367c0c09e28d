package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
        rows = new RowTokenizer(new RowEncoder(tokenizer, Optional.empty(), 8));
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
            assertThatThrownBy(() -> rows.tokenize(split, name, 64))
                    .isInstanceOf(WorkerFailure.class)
                    .hasMessage("line 11 of the train file: too long: 12 tokens, at most 8 are accepted");
        }
    }

    @Test
    void aRowOfAnOldShardIsNamedByItsPlaceInTheSplit() {
        List<SourcedRow> split = List.of(SourcedRow.parse(ROW.formatted("")), SourcedRow.parse(LONG.formatted("")));

        assertThatThrownBy(() -> rows.tokenize(split, "test", 64))
                .hasMessage("row 65 of the test split, counted from 0 (its line in the upload is not known):"
                        + " too long: 12 tokens, at most 8 are accepted");
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
