package dev.finetide.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.finetide.retrieval.document.Document;
import dev.finetide.retrieval.document.DocumentReader;
import dev.finetide.retrieval.words.Words;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChunkerTest {
    @Test
    void chunksEndAtHeadingsAndParagraphsAndKnowTheirPlace() {
        List<Chunk> chunks = chunks(
                new ChunkSettings(40, 0, 2),
                "x.md",
                "# Tides\n\n" + words("a", 30) + "\n\n" + words("b", 25) + "\n\n## Moon\n\n" + words("c", 12) + "\n\n"
                        + words("d", 12) + "\n\n### Phases\n\n" + words("e", 10));

        assertThat(chunks)
                .extracting(
                        chunk -> chunk.text().lines().findFirst().orElseThrow().split(" ")[0])
                .containsExactly("#", "b0", "##");
        assertThat(chunks.get(2).text()).contains("### Phases");
        assertThat(chunks)
                .extracting(Chunk::headings)
                .containsExactly(List.of("Tides"), List.of("Tides"), List.of("Tides", "Moon"));
        assertThat(chunks)
                .extracting(chunk ->
                        chunk.parts().stream().map(Chunk.Part::paragraph).toList())
                .containsExactly(List.of(1), List.of(2), List.of(3, 4, 5));
        assertThat(chunks.get(1).inContext()).startsWith("Tides\nb0 b1");
        assertThat(chunks.get(2).inContext()).startsWith("Tides\n## Moon\n");
        assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.document()).isEqualTo("x.md"));
    }

    @Test
    void tinySectionsShareAChunk() {
        String text = IntStream.range(0, 8)
                .mapToObj(i -> "## Question " + i + "\n\nYes, answer " + i + ".\n\n")
                .collect(Collectors.joining());
        assertThat(chunks(new ChunkSettings(100, 0, 2), "faq.md", text)).hasSizeBetween(1, 2);
    }

    @Test
    void aLongParagraphIsCutAtSentencesAndAChunkBeginsWithTheSentencesBefore() {
        String paragraph = IntStream.range(0, 30)
                .mapToObj(i -> "Sentence number %d has seven words.".formatted(i))
                .collect(Collectors.joining(" "));
        List<Chunk> chunks = chunks(new ChunkSettings(50, 12, 2), "x.txt", paragraph);
        assertThat(chunks)
                .allSatisfy(
                        chunk -> assertThat(chunk.text()).startsWith("Sentence").endsWith("words."));
        assertThat(chunks.get(1).text()).startsWith("Sentence number 6 ");
        assertThat(chunks.getFirst().text()).endsWith("number 7 has seven words.");
        assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.carries(1)).isTrue());
    }

    @Test
    void theOverlapOfANeighbourDoesNotCarryAParagraph() {
        List<Chunk> chunks =
                chunks(new ChunkSettings(100, 20, 2), "x.txt", words("a", 80) + "\n\n" + words("b", 75) + "\n\nlast");
        assertThat(chunks).hasSize(2);
        assertThat(chunks.get(1).parts()).extracting(Chunk.Part::paragraph).containsExactly(1, 2, 3);
        assertThat(chunks.get(1).carries(1)).isFalse();
        assertThat(chunks.get(1).carries(2)).isTrue();
        assertThat(chunks.get(1).carries(3)).isTrue();
        assertThat(chunks.get(0).carries(1)).isTrue();
    }

    @Test
    void charactersAreWordsWhereThereAreNoSpaces() {
        List<Chunk> chunks = chunks(new ChunkSettings(50, 10, 2), "x.txt", "北京是中国的首都。".repeat(30));
        assertThat(chunks).allSatisfy(chunk -> {
            assertThat(chunk.text().length()).isLessThanOrEqualTo(100);
            assertThat(chunk.text()).startsWith("北").endsWith("。");
        });
        assertThat(Words.of("日本語 and 한국어 말").count()).isEqualTo(6);
    }

    @Test
    void aLongTextWithoutABreakOrAHeadingIsCutInLinearTime() {
        String[] texts = {
            "x".repeat(2_000_000), "word ".repeat(400_000), "p\n\n".repeat(60_000), "# h\n\nt\n".repeat(60_000)
        };
        for (String text : texts) {
            List<Chunk> chunks = assertTimeoutPreemptively(
                    Duration.ofSeconds(20), () -> chunks(ChunkSettings.DEFAULT, "x.md", text));
            assertThat(chunks.size()).isBetween(200, 15_000);
        }
    }

    @Test
    void settingsThatCannotBeAreRefused() {
        assertThatThrownBy(() -> new ChunkSettings(9, 0, 2)).hasMessageContaining("from 10 to 10000 words, not 9");
        assertThatThrownBy(() -> new ChunkSettings(20_000, 0, 2)).hasMessageContaining("not 20000");
        assertThatThrownBy(() -> new ChunkSettings(100, 51, 2))
                .hasMessageContaining("overlap by 0 to 50 words, not 51");
        assertThatThrownBy(() -> new ChunkSettings(100, 0, 7)).hasMessageContaining("0 to 6 levels, not 7");
        assertThatThrownBy(() -> ChunkLines.read("{\"document\": \"secret\", \"tit"))
                .hasMessageNotContaining("secret");
    }

    private static String words(String word, int count) {
        return IntStream.range(0, count).mapToObj(i -> word + i).collect(Collectors.joining(" "));
    }

    private static List<Chunk> chunks(ChunkSettings settings, String name, String text) {
        List<Document> documents = new ArrayList<>();
        try {
            new DocumentReader()
                    .read(name, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), documents::add);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return new Chunker(settings).chunks(documents.getFirst());
    }
}
