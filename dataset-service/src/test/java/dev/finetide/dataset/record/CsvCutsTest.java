package dev.finetide.dataset.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvCutsTest {
    @Test
    void templatesMakePromptAndCompletion() {
        List<Rows.Outcome> rows = Rows.csv(
                "text,category\nWhere is my card?,card_arrival\n\"I lost it, \"\"help\"\"\",lost_or_stolen_card\n",
                "Question: {text}\nIntent:",
                " {category|replace:_, }");

        assertThat(rows)
                .extracting(Rows::json)
                .containsExactly(
                        "{\"prompt\":\"Question: Where is my card?\\nIntent:\",\"completion\":\" card arrival\"}",
                        "{\"prompt\":\"Question: I lost it, \\\"help\\\"\\nIntent:\",\"completion\":\" lost or stolen card\"}");
    }

    @Test
    void filtersApplyFromLeftToRight() {
        assertThat(Rows.csv("a,b\n \" x_Y \",é\n", "{a|trim}", "{b}")).hasSize(1);
        assertThat(Rows.csv("a,b\n x_Y ,é\n", "{{{a|trim|upper|replace:_,,,}}}", "{b|upper}{b|replace:é,}"))
                .extracting(Rows::json)
                .containsExactly("{\"prompt\":\"{X,,Y}\",\"completion\":\"É\"}");
    }

    @Test
    void byteOrderMarkAndLineEndsAreNotPartOfTheFields() {
        assertThat(Rows.csv("\ufeff\"a\",b\r\n1,2\r\n3,4", "{a}", "{b}"))
                .extracting(Rows::json)
                .containsExactly("{\"prompt\":\"1\",\"completion\":\"2\"}", "{\"prompt\":\"3\",\"completion\":\"4\"}");
    }

    @Test
    void recordsOverSeveralLinesAreNamedByTheirFirst() {
        List<Rows.Outcome> rows = Rows.csv("a,b\n\"1\n2\",3\n,5\n6\n\n7,8\n\n \n", "{a}", "{b}");

        assertThat(rows).extracting(Rows.Outcome::line).containsExactly(2L, 4L, 5L, 7L);
        assertThat(Rows.reason(rows.get(1))).isEqualTo("prompt is empty");
        assertThat(Rows.reason(rows.get(2))).isEqualTo("the row has 1 fields, the header line has 2");
        assertThat(rows.get(3)).isInstanceOf(Rows.Accepted.class);
    }

    @Test
    void blankLinesOfASingleColumnAreNoRecordsEither() {
        List<Rows.Outcome> rows = Rows.csv("a\n1\n\n2\n \n\n", "Q: {a}", "A: {a}");

        assertThat(rows).extracting(Rows.Outcome::line).containsExactly(2L, 4L);
    }

    @Test
    void malformedUtf8CostsOneRecord() {
        byte[] file = "a,b\nx?,2\n3,é\n".getBytes(StandardCharsets.UTF_8);
        file[5] = (byte) 0xC3;

        List<Rows.Outcome> rows = Rows.csv(file, "{a}", "{b}");

        assertThat(Rows.reason(rows.getFirst()))
                .isEqualTo("a is not utf-8 at byte offset 1: --encoding names another encoding");
        assertThat(rows.get(1)).isInstanceOf(Rows.Accepted.class);
    }

    @Test
    void whatIsNotCsvEndsTheFile() {
        List<Rows.Outcome> rows = Rows.csv("a,b\n1,2\n\"3,4\n5,6\n", "{a}", "{b}");

        assertThat(rows).hasSize(2);
        assertThat(Rows.reason(rows.get(1)))
                .contains("a quote that is not closed")
                .contains("the rest of the file was not read");
    }

    @Test
    void aFieldLargerThanARowIsRefused() {
        List<Rows.Outcome> rows = Rows.csv("a,b\n" + "x".repeat(9 << 20) + ",2\n3,4\n", "{a}", "{b}");

        assertThat(Rows.reason(rows.getLast())).contains("8388608 bytes");
    }

    @Test
    void aTemplateCannotGrowARowWithoutBound() {
        String file = "a,b\n" + "x".repeat(1 << 20) + ",2\n";

        assertThat(Rows.reason(Rows.csv(file, "{a}".repeat(10), "{b}").getFirst()))
                .contains("by its template");
        assertThat(Rows.reason(
                        Rows.csv(file, "{a|replace:x,yyyyyyyyyyyyyyyy}", "{b}").getFirst()))
                .contains("by its template");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "O\ufffd: {a}        ~ prompt_template: has U+FFFD, which stands for text that could not be decoded",
                "{a|titlecase}     ~ prompt_template: unknown filter \"titlecase\", known are trim, lower, upper, replace",
                "{a|replace:x}     ~ prompt_template: replace needs two texts",
                "{a|replace:,x}    ~ prompt_template: replace needs two texts",
                "{a|trim:x}        ~ prompt_template: trim takes no arguments",
                "{a                ~ prompt_template: the { at character 1 is not closed",
                "x}                ~ prompt_template: the } at character 2 closes nothing",
                "x                 ~ prompt_template: names no column",
            })
    void templatesThatCannotBeReadSayWhy(String template, String message) {
        assertThatThrownBy(() -> Rows.csv("a,b\n1,2\n", template, "{b}")).hasMessageStartingWith(message);
    }

    @Test
    void aTemplateForAColumnThatIsNotThereNamesThoseThatAre() {
        assertThat(Rows.reason(Rows.csv("a,b\n1,2\n", "{c}", "{b}").getFirst()))
                .isEqualTo("the row has no column \"c\" for its template, it has \"a\", \"b\"");
    }

    @Test
    void theHeaderLineIsChecked() {
        assertThatThrownBy(() -> Rows.csv("", "{a}", "{b}")).hasMessageContaining("train.csv: is empty");
        assertThatThrownBy(() -> Rows.csv("a,a\n", "{a}", "{b}")).hasMessageContaining("the column \"a\" twice");
    }
}
