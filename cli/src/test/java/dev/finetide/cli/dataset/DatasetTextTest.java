package dev.finetide.cli.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowContentCount;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.RowPlace;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class DatasetTextTest {
    private static final DatasetVersion VERSION = DatasetVersion.newBuilder()
            .setName("projects/default/datasets/d/versions/1")
            .setTrainRows(40)
            .setTestRows(2)
            .setRowFormat(RowFormat.CHAT)
            .build();

    @Test
    void contentsOfTheRowsAreOneLine() {
        DatasetVersion version = VERSION.toBuilder()
                .addContents(count(RowContent.SYSTEM_TURN, 42, "train", 1))
                .addContents(count(RowContent.TOOLS, 12, "train", 3))
                .addContents(count(RowContent.REASONING, 1, "test", 2))
                .build();

        assertThat(printed(version).lines())
                .anySatisfy(line -> assertThat(line)
                        .startsWith("contents")
                        .endsWith("system turns in all rows, tools in 12 rows (first: line 3 of the train file),"
                                + " reasoning in 1 row (first: line 2 of the test file)"));
    }

    @Test
    void questionsAndAnswersAloneNeedNoLine() {
        assertThat(printed(VERSION)).doesNotContain("contents");
    }

    private static RowContentCount count(RowContent content, long rows, String file, long line) {
        return RowContentCount.newBuilder()
                .setContent(content)
                .setRows(rows)
                .setFirst(RowPlace.newBuilder().setFile(file).setLine(line))
                .build();
    }

    private static String printed(DatasetVersion version) {
        StringWriter text = new StringWriter();
        DatasetText.print(version, new PrintWriter(text));
        return text.toString();
    }
}
