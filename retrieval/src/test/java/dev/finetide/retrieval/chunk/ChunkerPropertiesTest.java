package dev.finetide.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.retrieval.document.Block;
import dev.finetide.retrieval.document.Document;
import dev.finetide.retrieval.document.DocumentReader;
import dev.finetide.retrieval.words.Words;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

class ChunkerPropertiesTest {
    @Property(tries = 300)
    void everyWordIsInAChunkAndEveryChunkIsASliceOfBoundedSize(
            @ForAll("documents") Document document, @ForAll("settings") ChunkSettings settings) {
        List<Chunk> chunks = new Chunker(settings).chunks(document);

        BitSet covered = new BitSet();
        int before = -1;
        for (Chunk chunk : chunks) {
            assertThat(chunk.text()).isEqualTo(document.text().substring(chunk.start(), chunk.end()));
            assertThat(chunk.text()).isEqualTo(chunk.text().strip()).isNotEmpty();
            assertThat(Words.of(chunk.text()).count()).isBetween(1, settings.words());
            assertThat(chunk.text().length()).isLessThanOrEqualTo(settings.mostCharacters());
            assertThat(chunk.end()).isGreaterThan(before);
            before = chunk.end();
            covered.set(chunk.start(), chunk.end());
        }
        Words words = Words.of(document.text());
        for (int word = 0; word < words.count(); word++) {
            assertThat(covered.nextClearBit(words.start(word))).isGreaterThanOrEqualTo(words.end(word));
        }
        assertThat(new Chunker(settings).chunks(document)).isEqualTo(chunks);
        assertThat(chunks)
                .allSatisfy(chunk ->
                        assertThat(ChunkLines.read(ChunkLines.write(chunk))).isEqualTo(chunk));
    }

    @Property(tries = 300)
    void partsNameTheParagraphsThatStandInAChunkAndNeighboursOverlapByNoMoreThanAsked(
            @ForAll("documents") Document document, @ForAll("settings") ChunkSettings settings) {
        List<Block> paragraphs = document.blocks().stream()
                .filter(Block.Paragraph.class::isInstance)
                .toList();
        List<Chunk> chunks = new Chunker(settings).chunks(document);
        for (int i = 0; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            for (Chunk.Part part : chunk.parts()) {
                Block paragraph = paragraphs.get(part.paragraph() - 1);
                assertThat(part.of()).isEqualTo(paragraph.end() - paragraph.start());
                assertThat(part.characters())
                        .isEqualTo(Math.min(paragraph.end(), chunk.end()) - Math.max(paragraph.start(), chunk.start()))
                        .isPositive();
            }
            if (i > 0 && chunk.start() < chunks.get(i - 1).end()) {
                Words shared = Words.of(
                        document.text(), chunk.start(), chunks.get(i - 1).end());
                assertThat(shared.count()).isLessThanOrEqualTo(settings.overlap());
            }
        }
        assertThat(paragraphs).hasSize((int) chunks.stream()
                .flatMap(chunk -> chunk.parts().stream())
                .map(Chunk.Part::paragraph)
                .distinct()
                .count());
    }

    @Provide
    Arbitrary<ChunkSettings> settings() {
        return Arbitraries.integers()
                .between(10, 60)
                .flatMap(words -> Combinators.combine(
                                Arbitraries.integers().between(0, words / 2),
                                Arbitraries.integers().between(0, 3))
                        .as((overlap, levels) -> new ChunkSettings(words, overlap, levels)));
    }

    @Provide
    Arbitrary<Document> documents() {
        Arbitrary<String> word = Arbitraries.frequencyOf(
                Tuple.of(20, Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(9)),
                Tuple.of(4, Arbitraries.of("end.", "why?", "Dr.", "北京是中国的首都。", "สวัสดีครับ", "🙂🙂", "e\u0301", "3.5")),
                Tuple.of(
                        1,
                        Arbitraries.of(
                                "x".repeat(700), "\u0301".repeat(300), "。".repeat(120), " ".repeat(2000) + "far")));
        Arbitrary<String> line = word.list().ofMinSize(1).ofMaxSize(40).map(words -> String.join(" ", words));
        Arbitrary<String> block = Arbitraries.frequencyOf(
                Tuple.of(6, line),
                Tuple.of(2, line.map(text -> "# " + text.strip())),
                Tuple.of(2, line.map(text -> "## " + text.strip())),
                Tuple.of(1, line.map(text -> "#### " + text.strip())),
                Tuple.of(
                        1,
                        line.list()
                                .ofMinSize(1)
                                .ofMaxSize(9)
                                .map(lines -> "```\n" + String.join("\n", lines) + "\n```")),
                Tuple.of(1, line.list().ofMinSize(1).ofMaxSize(9).map(lines -> "- " + String.join("\n- ", lines))),
                Tuple.of(1, Arbitraries.of("---", "[x]: http://a.example", "#", "<div>\n<b>", "a\n===")));
        return Combinators.combine(
                        block.list().ofMinSize(1).ofMaxSize(12),
                        Arbitraries.of("\n\n", "\n", "\r\n\r\n"),
                        Arbitraries.of("d.md", "d.txt", "d.html"))
                .as((blocks, between, name) -> read(name, "Begin" + between + String.join(between, blocks)));
    }

    private static Document read(String name, String text) {
        List<Document> documents = new ArrayList<>();
        try {
            new DocumentReader()
                    .read(name, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), documents::add);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return documents.getFirst();
    }
}
