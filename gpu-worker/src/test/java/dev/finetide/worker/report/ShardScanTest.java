package dev.finetide.worker.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.blobs.Sha256;
import dev.finetide.suitability.ReportRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShardScanTest {
    @Test
    void splitsComeInTheirOrderAndRowsWithIdTagsAndPlace() throws IOException {
        ShardScan scan = new ShardStage()
                .split("audit", List.of(ShardStage.line(9)))
                .split("test", List.of(ShardStage.line(3)))
                .split("train", List.of(ShardStage.line(1), ShardStage.line(2)))
                .split("validation", List.of(ShardStage.line(4)))
                .scan(() -> {});
        List<ReportRow> rows = new ArrayList<>();
        List<String> places = new ArrayList<>();

        scan.readSourced("train", (row, source) -> {
            rows.add(row);
            places.add(source.orElseThrow().toString());
        });

        assertThat(scan.splits()).containsExactly("train", "validation", "test", "audit");
        assertThat(scan.rows("train")).isEqualTo(2);
        assertThat(scan.rows("none")).isZero();
        assertThat(places).containsExactly("a.jsonl line 1", "a.jsonl line 2");
        assertThat(rows).extracting(ReportRow::number).containsExactly(1L, 2L);
        assertThat(rows.getFirst().tags()).containsExactlyEntriesOf(Map.of("region", "north"));
        assertThat(rows.getFirst().id())
                .as("of the canonical row, without place and tags")
                .isEqualTo(Sha256.hex("{\"prompt\":\"question 1\",\"completion\":\"answer 1\"}"
                                .getBytes(StandardCharsets.UTF_8))
                        .substring(0, 16));
    }

    @Test
    void aRowThatCannotBeReadIsPassedOverAndKeepsItsNumber() throws IOException {
        ShardScan scan = new ShardStage()
                .split("train", List.of(ShardStage.line(1), "{\"unknown\":1}", ShardStage.line(3)))
                .scan(() -> {});
        List<Long> numbers = new ArrayList<>();

        scan.read("train", row -> numbers.add(row.number()));

        assertThat(numbers).containsExactly(1L, 3L);
        assertThat(scan.unreadable()).containsExactlyEntriesOf(Map.of("train", 1L));
    }
}
