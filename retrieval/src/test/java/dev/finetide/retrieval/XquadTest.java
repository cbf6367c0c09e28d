package dev.finetide.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.retrieval.chunk.ChunkSettings;
import dev.finetide.retrieval.chunk.Chunker;
import dev.finetide.retrieval.document.DocumentFolder;
import dev.finetide.retrieval.document.DocumentReader;
import dev.finetide.retrieval.embed.MiniLm;
import dev.finetide.retrieval.embed.VectorFolder;
import dev.finetide.retrieval.rank.ChunkPlaces;
import dev.finetide.retrieval.rank.Place;
import dev.finetide.retrieval.rank.RankScores;
import dev.finetide.retrieval.rank.RankedRow;
import dev.finetide.retrieval.search.Bm25Retriever;
import dev.finetide.retrieval.search.DenseRetriever;
import dev.finetide.retrieval.search.FusedRetriever;
import dev.finetide.retrieval.search.Hit;
import dev.finetide.retrieval.search.Retriever;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real articles and 310 real questions, each with the paragraph that answers it.
class XquadTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder =
            Path.of(System.getProperty("finetide.shared", "../../shared")).resolve("data/xquad-en");

    /// Articles that are searched by meaning: all with `-Dfinetide.xquad=48`; fewer by default, because the model
    /// takes its time.
    private final int articles = Integer.getInteger("finetide.xquad", 8);

    private final ChunkSettings settings =
            new ChunkSettings(Integer.getInteger("finetide.words", 200), Integer.getInteger("finetide.overlap", 40), 2);

    private record Question(String prompt, Place place) {}

    @BeforeEach
    void dataIsThere() {
        if (!Files.isDirectory(folder)) {
            System.out.println("skipped: " + folder + " is not there");
            Assumptions.abort("no shared/data/xquad-en");
        }
    }

    @Test
    void paragraphsAreThoseThatRowsName() throws IOException {
        List<Chunk> chunks = chunks();
        ChunkPlaces places = new ChunkPlaces(chunks);
        for (JsonNode row : rows()) {
            Place place = new Place(
                    row.get("document").textValue(), row.get("paragraph").intValue());
            assertThat(places.of(place))
                    .as("chunks of %s", place)
                    .isNotEmpty()
                    .allSatisfy(position ->
                            assertThat(chunks.get(position).document()).isEqualTo(place.document()));
            String answer = row.get("completion").textValue().strip().replaceAll("\\.$", "");
            assertThat(places.of(place).stream()
                            .map(position -> chunks.get(position).text()))
                    .as("chunks of %s", place)
                    .anySatisfy(text -> assertThat(text).contains(answer));
        }
    }

    @Test
    void questionsFindTheirParagraphsByWords() throws IOException {
        List<Chunk> chunks = chunks();
        try (Bm25Retriever bm25 =
                new Bm25Retriever(chunks.stream().map(Chunk::inContext).toList())) {
            RankScores scores = scores("bm25", bm25, chunks);
            assertThat(scores.rows()).isEqualTo(310);
            assertThat(scores.recall().get(1)).isGreaterThan(0.87);
            assertThat(scores.recall().get(10)).isGreaterThan(0.97);
        }
    }

    @Test
    void questionsFindTheirParagraphsByMeaningAndByBoth(@TempDir Path vectors) throws IOException {
        Set<String> documents = chunks().stream()
                .map(Chunk::document)
                .distinct()
                .limit(articles)
                .collect(Collectors.toSet());
        List<Chunk> chunks = chunks().stream()
                .filter(chunk -> documents.contains(chunk.document()))
                .toList();
        List<String> texts = chunks.stream().map(Chunk::inContext).toList();
        long began = System.nanoTime();
        try (MiniLm model = new MiniLm(2);
                Bm25Retriever bm25 = new Bm25Retriever(texts);
                DenseRetriever dense =
                        new DenseRetriever(new VectorFolder(vectors).vectors(texts, model, _ -> {}), model)) {
            System.out.printf("xquad-en: %d chunks, indexed in %.1f s%n", chunks.size(), seconds(began));
            RankScores words = scores("bm25", bm25, chunks);
            RankScores meaning = scores("dense", dense, chunks);
            RankScores fused = scores("fused", new FusedRetriever(List.of(bm25, dense)), chunks);
            assertThat(meaning.recall().get(1)).isGreaterThan(0.75);
            assertThat(meaning.recall().get(10)).isGreaterThan(0.97);
            assertThat(fused.meanReciprocalRank())
                    .isGreaterThanOrEqualTo(Math.min(words.meanReciprocalRank(), meaning.meanReciprocalRank()));
        }
    }

    private RankScores scores(String name, Retriever retriever, List<Chunk> chunks) throws IOException {
        ChunkPlaces places = new ChunkPlaces(chunks);
        List<RankedRow> ranked = new ArrayList<>();
        List<Question> asked = questions().stream()
                .filter(question -> !places.of(question.place()).isEmpty())
                .toList();
        long began = System.nanoTime();
        for (Question question : asked) {
            List<Integer> found = retriever.search(question.prompt(), 50).stream()
                    .map(Hit::passage)
                    .toList();
            ranked.add(new RankedRow(List.of(places.of(question.place())), found));
        }
        double milliseconds = 1000 * seconds(began) / asked.size();
        RankScores scores = RankScores.of(ranked, List.of(1, 3, 10));
        System.out.printf(
                "xquad-en %-5s %d questions: recall@1 %.3f, @3 %.3f, @10 %.3f, MRR %.3f; %.1f ms a question%n",
                name,
                scores.rows(),
                scores.recall().get(1),
                scores.recall().get(3),
                scores.recall().get(10),
                scores.meanReciprocalRank(),
                milliseconds);
        return scores;
    }

    private static double seconds(long began) {
        return (System.nanoTime() - began) / 1e9;
    }

    private List<Chunk> chunks() throws IOException {
        DocumentFolder documents = DocumentFolder.list(folder.resolve("documents"));
        assertThat(documents.files()).hasSize(48);
        DocumentReader reader = new DocumentReader();
        Chunker chunker = new Chunker(settings);
        List<Chunk> chunks = new ArrayList<>();
        for (String file : documents.files()) {
            documents.read(file, reader, document -> chunks.addAll(chunker.chunks(document)));
        }
        return chunks;
    }

    private List<JsonNode> rows() throws IOException {
        try (Stream<String> lines = Files.lines(folder.resolve("test.jsonl"))) {
            List<JsonNode> rows = new ArrayList<>();
            for (String line : (Iterable<String>) lines::iterator) {
                rows.add(JSON.readTree(line));
            }
            assertThat(rows).hasSize(310);
            return rows;
        }
    }

    private List<Question> questions() throws IOException {
        return rows().stream()
                .map(row -> new Question(
                        row.get("prompt").textValue(),
                        new Place(
                                row.get("document").textValue(),
                                row.get("paragraph").intValue())))
                .toList();
    }
}
