package dev.finetide.suitability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.contents.Contents;
import dev.finetide.suitability.lasting.Lasting;
import dev.finetide.suitability.near.Duplicates;
import dev.finetide.suitability.permission.Permission;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rows of 8 MiB, of base64, without spaces, and conversations of many turns go through each section.
class LargeRowsTest {
    @TempDir
    Path scratch;

    @Test
    void everySectionTakesThem() throws IOException {
        byte[] bytes = new byte[6 << 20];
        new Random(4).nextBytes(bytes);
        String base64 = Base64.getEncoder().encodeToString(bytes);
        String thai = "ฉันอยากรู้ว่าทำไมบัตรของฉันจึงถูกปฏิเสธ".repeat(2_000);
        String[] turns = new String[4_000];
        for (int i = 0; i < turns.length; i += 4) {
            turns[i] = "user";
            turns[i + 1] = "Question " + i;
            turns[i + 2] = "assistant";
            turns[i + 3] = "Answer " + i + " to me@example.org";
        }
        PlantedRows rows = new PlantedRows()
                .prompt("train", base64, "binary")
                .prompt("train", base64 + "!", "binary")
                .prompt("train", thai, thai)
                .prompt("train", "1 ".repeat(1 << 17), "@.".repeat(1 << 17))
                .chat("test", turns);
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();

        for (Section section : List.of(
                new Contents(scratch), new Duplicates(scratch), new Lasting(Clock.systemUTC()), new Permission())) {
            rows.measure(section, report);
            if (section instanceof Duplicates) {
                assertThat(rows.found(FoundKind.NEAR_DUPLICATE)).containsExactly("train 2");
            }
        }

        assertThat(report.toString()).doesNotContain("NaN");
        assertThat(report.getContents().getParts(1).getTurns().getMax()).isEqualTo(2_000);
        assertThat(report.getPermission().getPersonal().getRows()).isEqualTo(1);
        assertThat(report.getLasting().getPerishable().getRows()).isZero();
    }
}
