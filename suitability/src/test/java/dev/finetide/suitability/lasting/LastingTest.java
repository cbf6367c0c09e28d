package dev.finetide.suitability.lasting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.LastingSection;
import dev.finetide.proto.dataset.v1.ShareOf;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.Unmeasured;
import dev.finetide.suitability.PlantedRows;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastingTest {
    private static final Lasting LASTING =
            new Lasting(Clock.fixed(Instant.parse("2026-11-30T12:00:00Z"), ZoneOffset.UTC));

    @Test
    void plantedAnswersAreCountedByKind() throws IOException {
        List<String> perishable = List.of(
                "The plan costs $9.99 a month.",
                "Das Museum ist derzeit geschlossen.",
                "La version 4.2 est la bonne, prenez-la.",
                "La fecha es el 3 de marzo de 2026.");
        PlantedRows rows = new PlantedRows();
        for (int i = 0; i < 400; i++) {
            rows.prompt(
                    i < 300 ? "train" : "test",
                    "Tell me about number " + i,
                    i % 4 == 0 ? perishable.get(i / 4 % 4) : "It was founded in " + (1500 + i) + " by a king.");
        }

        LastingSection section = rows.measure(LASTING).getLasting();

        assertThat(section.getPerishable().getRows()).isEqualTo(100);
        assertThat(section.getPerishable().getOf()).isEqualTo(400);
        assertThat(section.getKindsList())
                .extracting(ShareOf::getName)
                .containsExactly("date", "price", "today", "version");
        assertThat(section.getKindsList()).extracting(ShareOf::getRows).containsOnly(25L);
        assertThat(rows.found(FoundKind.PERISHABLE))
                .hasSize(100)
                .startsWith("train 1", "train 5")
                .endsWith("test 97");
        assertThat(section.getExamplesList()).hasSize(20);
    }

    @Test
    void callsAndMissingAnswersAreNotSearched() throws IOException {
        PlantedRows rows =
                new PlantedRows().chat("train", "user", "Nobody answers today").row("train", """
                        {"messages":[{"role":"user","content":"Remind me of the date"},{"role":"assistant","tool_calls":\
                        [{"type":"function","function":{"name":"remind","arguments":{"date":"2026-12-24"}}}]}]}""");

        SuitabilityReport report = rows.measure(LASTING);

        assertThat(report.hasLasting()).isFalse();
        assertThat(report.getUnmeasuredList()).extracting(Unmeasured::getWhat).containsExactly("perishable answers");
    }

    @Test
    void otherLanguagesAreNamed() throws IOException {
        SuitabilityReport.Builder before = SuitabilityReport.newBuilder()
                .setContents(ContentsSection.newBuilder()
                        .addLanguages(ShareOf.newBuilder().setName("th").setRows(3))
                        .addLanguages(ShareOf.newBuilder().setName("th → en").setRows(7)));

        SuitabilityReport report =
                new PlantedRows().prompt("train", "はい", "いいえ").measure(LASTING, before);

        assertThat(report.getUnmeasured(0).getWhy()).contains("30 %");
        assertThat(report.getLasting().getPerishable().getRows()).isZero();
    }

    @Test
    void nothingIsCountedInLanguagesWithoutLists() throws IOException {
        SuitabilityReport.Builder before = SuitabilityReport.newBuilder()
                .setContents(ContentsSection.newBuilder()
                        .addLanguages(ShareOf.newBuilder().setName("th").setRows(10)));

        SuitabilityReport report =
                new PlantedRows().prompt("train", "ราคาเท่าไร", "ไม่ทราบ").measure(LASTING, before);

        assertThat(report.hasLasting()).isFalse();
        assertThat(report.getUnmeasuredList()).extracting(Unmeasured::getWhat).contains("words of time and offices");
    }
}
