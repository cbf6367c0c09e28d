package dev.finetide.cli.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.cli.CommandFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrozenFileTest {
    @TempDir
    Path directory;

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("answers.jsonl"), text);
    }

    @Test
    void answersBecomeRowsThatNameTheirNumber() throws IOException {
        Path file = file("{\"row\": 2, \"answer\": \"zwei\"}\n\n{\"answer\": \"\", \"row\": 1}\n");
        Path rows = directory.resolve("rows.jsonl");
        FrozenFile.read(file, 2, 2).writeRows(rows);
        assertThat(Files.readString(rows)).isEqualTo("""
                {"prompt":"1","completion":""}
                {"prompt":"2","completion":"zwei"}
                """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"row": 1, "answer": "a"};{"row": 1, "answer": "b"} | line 2: row 1 has an answer in line 1 already
            {"row": 4, "answer": "a"}                           | line 1: expected a row from 1 to 3, got 4
            {"row": 0, "answer": "a"}                           | line 1: expected a row from 1 to 3, got 0
            {"row": 1.5, "answer": "a"}                         | line 1: expected a row from 1 to 3, got 1.5
            {"row": 1, "answer": null}                          | line 1: expected {"row": N, "answer": "..."} with nothing else
            {"row": 1, "answer": "a", "x": 1}                   | line 1: expected {"row": N, "answer": "..."} with nothing else
            {"row": 1, "answer":                                | line 1: expected {"row": N, "answer": "..."}, got no JSON
            {"row": 1, "answer": "a"};{"row": 3, "answer": "b"} | : 1 of 3 rows have no answer, the first of them is row 2
            """)
    void whatIsNoAnswerIsRefusedByItsLine(String lines, String problem) throws IOException {
        Path file = file(lines.replace(';', '\n'));
        assertThatThrownBy(() -> FrozenFile.read(file, 3, 3))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(problem);
    }

    @Test
    void rowsAfterTheAskedOnesNeedNoAnswer() throws IOException {
        assertThat(FrozenFile.read(file("{\"row\": 1, \"answer\": \"a\"}"), 3, 1)
                        .answers())
                .hasSize(1);
    }
}
