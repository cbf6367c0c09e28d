package dev.finetide.cli.dataset.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.InvalidRow;
import dev.finetide.proto.dataset.v1.Row;
import org.junit.jupiter.api.Test;

class RefusedFileTest {
    private static final String WHERE =
            "{\"file\":\"a.jsonl\",\"line\":3,\"field\":\"messages[1].role\",\"reason\":\"is missing\"}";

    @Test
    void theTextOfARecordStaysAsItWas() {
        // A key that stands twice, and a number that no double holds.
        assertThat(line(" {\"a\": 1,\n \"a\": 0.1000000000000000055511151231257827 }"))
                .isEqualTo("{\"_finetide\":" + WHERE + ",\"a\": 1,  \"a\": 0.1000000000000000055511151231257827 }");
        assertThat(line("{}")).isEqualTo("{\"_finetide\":" + WHERE + "}");
    }

    @Test
    void whatIsNoObjectIsKeptAsText() {
        String raw = "{\"_finetide\":" + WHERE.substring(0, WHERE.length() - 1) + ",\"raw\":";

        assertThat(line("nonsense")).isEqualTo(raw + "\"nonsense\"}}");
        assertThat(line("[1]")).isEqualTo(raw + "\"[1]\"}}");
        assertThat(line("{\"a\": 1} {")).isEqualTo(raw + "\"{\\\"a\\\": 1} {\"}}");
    }

    @Test
    void aRecordThatIsRefusedAgainHasOnlyTheNewReason() {
        assertThat(line("{\"_finetide\":{\"reason\":\"old\"},\"a\":1}"))
                .isEqualTo("{\"_finetide\":" + WHERE + ",\"a\":1}");
    }

    private static String line(String record) {
        return RefusedFile.line(Row.newBuilder()
                .setJson(record)
                .setRefused(InvalidRow.newBuilder()
                        .setFile("a.jsonl")
                        .setLine(3)
                        .setField("messages[1].role")
                        .setReason("is missing"))
                .build());
    }
}
