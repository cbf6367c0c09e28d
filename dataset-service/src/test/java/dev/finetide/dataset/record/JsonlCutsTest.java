package dev.finetide.dataset.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonlCutsTest {
    private static final String ROW = "{\"prompt\":\"a\",\"completion\":\"b\"}";

    @Test
    void canonicalRowsDoNotDependOnHowTheyAreWritten() {
        assertThat(Rows.canonical(" { \"completion\" : \"\\u00e9\" ,\t\"prompt\":\"x\\/y\" } "))
                .isEqualTo("{\"prompt\":\"x/y\",\"completion\":\"é\"}");
    }

    @Test
    void lineEndsAndByteOrderMarkAreNotPartOfARow() {
        List<Rows.Outcome> outcomes =
                Rows.jsonl(("\ufeff" + ROW + "\r\n" + ROW + "\n" + ROW).getBytes(StandardCharsets.UTF_8));

        assertThat(outcomes).hasSize(3).allMatch(outcome -> outcome instanceof Rows.Accepted);
        assertThat(outcomes).extracting(Rows.Outcome::line).containsExactly(1L, 2L, 3L);
        assertThat(Rows.jsonl(ROW + "\n")).hasSize(1);
        assertThat(Rows.jsonl(new byte[0])).isEmpty();
    }

    @Test
    void blankLinesHoldNothingAndAreCountedAsLines() {
        List<Rows.Outcome> outcomes = Rows.jsonl("", ROW, "", " \t\r", ROW, "", "");

        assertThat(outcomes).hasSize(2).allMatch(outcome -> outcome instanceof Rows.Accepted);
        assertThat(outcomes).extracting(Rows.Outcome::line).containsExactly(2L, 5L);
        assertThat(Rows.jsonl("\n\r\n \n")).isEmpty();
    }

    @Test
    void invalidUtf8IsRefusedWithItsOffsetInTheFile() {
        byte[] file = (ROW + "\n" + ROW + "\n" + ROW).getBytes(StandardCharsets.UTF_8);
        int place = ROW.length() + 1 + 11;
        file[place] = (byte) 0xFF;

        List<Rows.Outcome> outcomes = Rows.jsonl(file);

        assertThat(outcomes).hasSize(3);
        assertThat(Rows.reason(outcomes.get(1)))
                .isEqualTo("the file is not UTF-8 at byte offset " + place + ": --encoding names another encoding");
        assertThat(outcomes.get(2)).isInstanceOf(Rows.Accepted.class);
    }

    @Test
    void aLineOf100MegabytesIsReadPastInConstantMemory() {
        long huge = 100_000_000;
        List<Rows.Outcome> rows = Rows.read(
                "rows.jsonl",
                () -> new java.io.SequenceInputStream(
                        new Repeated('x', huge),
                        new java.io.ByteArrayInputStream(("\n" + ROW).getBytes(StandardCharsets.UTF_8))),
                ReadOptions.newBuilder().setContainer("jsonl").build(),
                SplitRules.getDefaultInstance());

        assertThat(rows)
                .satisfiesExactly(
                        first -> assertThat(Rows.reason(first))
                                .isEqualTo("the line is 100000000 bytes long, at most 8388608 are allowed"
                                        + " (it starts at byte offset 0)"),
                        second -> assertThat(second.line()).isEqualTo(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[1]                                                  | the row is not a JSON object",
                "{\"prompt\":\"a\"                                    | the row is not JSON, at column",
                "not json                                             | the row is not JSON, at column",
                "{\"prompt\":\"a\",\"completion\":\"b\"} {}           | the row has more text after its JSON value, at column 33",
                "{\"prompt\":\"a\",\"prompt\":\"b\"}                  | the row has the key \"prompt\" twice",
                "{\"prompt\":\"a\\u0000\",\"completion\":\"b\"}       | prompt has a NUL character",
                "{\"prompt\":\"a\\ud800\",\"completion\":\"b\"}       | prompt has a lone surrogate",
                "{\"prompt\":\"a\\udc00b\",\"completion\":\"b\"}      | prompt has a lone surrogate",
                "{\"prompt\":\"a\"}                                   | the row has no completion",
                "{\"completion\":\"a\"}                               | the row has no prompt",
                "{\"prompt\":\" \",\"completion\":\"b\"}              | prompt is empty",
                "{\"prompt\":\"a\",\"completion\":\"\"}               | completion is empty: a row needs an answer",
                "{\"prompt\":\"a\",\"completion\":null}               | the row has no completion",
                "{\"prompt\":\"a\",\"completion\":3}                  | prompt and completion are not two strings",
                "{\"prompt\":\"a\",\"completion\":\"b\",\"id\":7}     | the row has the unknown key \"id\"",
                "{\"prompt\":\"a\",\"completion\":\"b\",\"tools\":[7]} | the row has tools, which only rows of messages can have",
                "{\"prompt\":\"a\",\"messages\":[7]}                  | the row has the unknown key \"prompt\"",
                "{\"prompt\":\"a\",\"messages\":[]}                   | the row has no completion",
                "{\"messages\":[],\"prompt\":null}                    | messages is empty",
                "{\"text\":\"a\",\"id\":1}                            | the row has the keys \"text\", \"id\", which are no shape that is known: --format text",
                "{\"question\":\"a\",\"answer\":\"b\"}               | the row has the keys question and answer: --prompt-column question --completion-column answer would read it",
                "{}                                                   | the row is empty",
            })
    void aLineThatIsNoRowSaysWhy(String line, String reason) {
        assertThat(Rows.reason(line)).startsWith(reason);
    }

    @Test
    void deepNestingAndVeryManyValuesAreRefused() {
        assertThat(Rows.reason("{\"prompt\":" + "[".repeat(100_000)))
                .startsWith("the row is nested deeper than 64 levels");
        assertThat(Rows.reason("{\"prompt\":[" + "1,".repeat(600_000) + "1]}"))
                .contains("more than 500000 JSON values");
    }

    @Test
    void reasonsNeverHoldRowText() {
        for (String line : List.of(
                "{\"prompt\":\"SECRET\",\"completion\":SECRET}",
                "{\"prompt\":\"SECRET\"}",
                "SECRET",
                "{\"messages\":[{\"role\":\"SECRET\",\"content\":\"SECRET\"}]}")) {
            assertThat(Rows.reason(line)).doesNotContain("SECRET");
        }
    }

    @Test
    void keysInReasonsAreBoundedAndPrintable() {
        assertThat(Rows.reason("{\"" + "k\\n".repeat(300) + "\":1,\"prompt\":\"a\",\"completion\":\"b\"}"))
                .startsWith("the row has the unknown key \"k?k?")
                .hasSizeLessThan(170);
    }

    /// Returns a file that repeats one byte.
    private static final class Repeated extends InputStream {
        private final int value;
        private long left;

        Repeated(int value, long count) {
            this.value = value;
            this.left = count;
        }

        @Override
        public int read() {
            return left-- > 0 ? value : -1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (left <= 0) {
                return -1;
            }
            int count = (int) Math.min(length, left);
            java.util.Arrays.fill(buffer, offset, offset + count, (byte) value);
            left -= count;
            return count;
        }
    }
}
