package dev.finetide.worker.evaluate.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextOnlyRow;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ShippedTextsTest {
    @Test
    void sixtyTextsOfManyKindsShip() {
        List<String> texts = ShippedTexts.general().stream()
                .map(row -> ((TextOnlyRow) row.row()).text())
                .toList();

        assertThat(texts).hasSizeGreaterThanOrEqualTo(60).doesNotHaveDuplicates();
        assertThat(texts).allSatisfy(text -> {
            assertThat(text).isEqualTo(text.strip()).doesNotContain("\n%");
            assertThat(text.length()).isBetween(50, 600);
        });
        assertThat(texts.stream()
                        .map(LanguageGuess::of)
                        .flatMap(guess -> guess.stream())
                        .distinct())
                .contains("en", "de", "fr", "es", "it", "pt", "nl", "CYRILLIC", "HAN");
    }

    @Test
    void promptsToAnswerAndPromptsToRefuseShip() {
        List<SourcedRow> harmless = ShippedTexts.harmless();
        List<SourcedRow> harmful = ShippedTexts.harmful();

        assertThat(harmless).hasSizeGreaterThanOrEqualTo(20);
        assertThat(harmful).hasSizeGreaterThanOrEqualTo(20);
        assertThat(Stream.concat(harmless.stream(), harmful.stream())
                        .map(row -> ((PromptCompletionRow) row.row()).prompt()))
                .doesNotHaveDuplicates()
                .allSatisfy(prompt -> assertThat(prompt).isNotBlank());
    }
}
