package dev.finetide.cli.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.InvalidRow;
import dev.finetide.proto.dataset.v1.Overlap;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowPlace;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class RowTextTest {
    private static final Row ROW = Row.newBuilder()
            .setSplit("test")
            .setNumber(12)
            .setId("0123456789abcdef")
            .setPlace(RowPlace.newBuilder().setFile("test.jsonl").setLine(12))
            .build();

    @Test
    void aChatShowsWhoSaysWhat() {
        Row row = ROW.toBuilder().putTags("language", "de").setJson("""
                        {"messages": [{"role": "system", "content": "Be brief."},
                         {"role": "user", "content": [{"type": "text", "text": "Where is\\nmy parcel?"}]},
                         {"role": "assistant", "reasoning_content": "Look it up.", "content": null, "tool_calls": [
                           {"id": "1", "type": "function", "function": {"name": "track", "arguments": "{\\"id\\": 7}"}}]},
                         {"role": "tool", "tool_call_id": "1", "content": "Berlin"},
                         {"role": "assistant", "weight": 0, "content": "In Berlin."}],
                         "tools": [{"type": "function"}]}""").build();

        assertThat(printed(row, 0)).isEqualToNormalizingNewlines("""
                test row 12  id 0123456789abcdef  test.jsonl line 12  language=de
                  system     Be brief.
                  user       Where is
                             my parcel?
                  reasoning  Look it up.
                  calls      track {"id": 7}
                  tool       Berlin
                  assistant  (not learnt) In Berlin.
                  tools      [{"type":"function"}]
                """);
    }

    @Test
    void longTextsAreCutToTheWidthOfTheTerminalAndCannotControlIt() {
        Row row = ROW.toBuilder()
                .setJson("{\"prompt\": \"one\\ntwo\\u001b[31m three\", \"completion\": \" four\"}")
                .build();

        assertThat(printed(row, 30)).isEqualToNormalizingNewlines("""
                test row 12  id 0123456789abcdef  test.jsonl line 12
                  prompt     one\\ntwo␛[31m th…
                  completion  four
                """);
    }

    @Test
    void aLeakNamesTheEarlierRow() {
        Row row = ROW.toBuilder()
                .setJson("{\"text\": \"x\"}")
                .setOverlap(Overlap.newBuilder()
                        .setOtherSplit("train")
                        .setOtherRowNumber(7)
                        .setOtherPlace(
                                RowPlace.newBuilder().setFile("a.parquet").setRecord(9)))
                .build();

        assertThat(printed(row, 80)).contains("same input as train row 7 (a.parquet record 9)");
    }

    @Test
    void aRefusedRecordSaysWhyAndStaysAsItWas() {
        Row row = Row.newBuilder()
                .setSplit("refused")
                .setNumber(1)
                .setJson("[1, 2")
                .setRefused(
                        InvalidRow.newBuilder().setFile("a.jsonl").setLine(3).setReason("is no JSON object"))
                .build();

        assertThat(printed(row, 80)).isEqualToNormalizingNewlines("""
                refused row 1  a.jsonl line 3
                  refused: is no JSON object
                  record     [1, 2
                """);
    }

    private static String printed(Row row, int columns) {
        StringWriter text = new StringWriter();
        new RowText(columns).print(row, new PrintWriter(text));
        return text.toString();
    }
}
