package dev.finetide.retrieval.embed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.retrieval.search.DenseRetriever;
import dev.finetide.retrieval.search.Hit;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MiniLmTest {
    private static MiniLm model;

    @BeforeAll
    static void load() {
        model = new MiniLm(2);
    }

    @AfterAll
    static void unload() {
        model.close();
    }

    private record Golden(String text, float[] vector) {}

    @Test
    void vectorsAreThoseOfSentenceTransformers() throws IOException {
        List<Golden> goldens = goldens();
        float[][] vectors = model.embed(goldens.stream().map(Golden::text).toList());
        assertThat(goldens).hasSize(20);
        double worst = 1;
        for (int i = 0; i < vectors.length; i++) {
            double cosine = product(vectors[i], goldens.get(i).vector());
            assertThat(cosine).as("text %d", i).isGreaterThan(0.99999);
            worst = Math.min(worst, cosine);
        }
        System.out.printf("all-MiniLM-L6-v2: smallest cosine with sentence-transformers %.8f%n", worst);
    }

    @Test
    void aTextHasTheSameVectorInEveryBatch() throws IOException {
        List<String> texts = goldens().stream().map(Golden::text).toList();
        float[][] together = model.embed(texts);
        for (int i = 0; i < texts.size(); i++) {
            assertThat(product(model.embed(List.of(texts.get(i)))[0], together[i]))
                    .isGreaterThan(0.999999);
        }
        assertThat(model.embed(List.of())).isEmpty();
    }

    @Test
    void theEndOfALongTextCounts() {
        String start = "The harbour is busy in the morning. ".repeat(30);
        float[][] vectors = model.embed(List.of(
                start + "Photosynthesis turns light into sugar in a chloroplast. ".repeat(25),
                start + start,
                "Photosynthesis in plants",
                "x".repeat(300_000)));
        assertThat(product(vectors[0], vectors[2])).isGreaterThan(product(vectors[1], vectors[2]) + 0.2);
        assertThat(List.of(vectors))
                .allSatisfy(vector -> assertThat(product(vector, vector)).isBetween(0.99999, 1.00001));
    }

    @Test
    void textsThatAreNoTextHaveVectorsAndSeveralThreadsMayAsk() {
        List<String> texts = List.of("\ud800 half", "a\u0000b", "🙂".repeat(50_001), "\n\n");
        float[][] vectors = model.embed(texts);
        List<float[][]> others = IntStream.range(0, 8)
                .parallel()
                .mapToObj(_ -> model.embed(texts))
                .toList();
        for (int i = 0; i < texts.size(); i++) {
            int text = i;
            assertThat(product(vectors[i], vectors[i])).isBetween(0.99999, 1.00001);
            assertThat(others)
                    .allSatisfy(other ->
                            assertThat(product(other[text], vectors[text])).isGreaterThan(0.999999));
        }
    }

    @Test
    void aQuestionFindsThePassageOfItsMeaning(@TempDir Path folder) {
        List<String> passages = List.of(
                "Bread is baked in an oven.", "The feline rested upon a rug.", "Shares fell at the stock exchange.");
        Vectors vectors = new VectorFolder(folder).vectors(passages, model, _ -> {});
        try (DenseRetriever retriever = new DenseRetriever(vectors, model)) {
            assertThat(retriever.search("Where did the cat sleep?", 2))
                    .extracting(Hit::passage)
                    .startsWith(1);
            assertThat(retriever.search("Where did the cat sleep?", 9)).hasSize(3);
            assertThat(retriever.search("any", 0)).isEmpty();
        }
    }

    private static double product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static List<Golden> goldens() throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<Golden> goldens = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                MiniLmTest.class.getResourceAsStream("/golden/minilm.jsonl"), StandardCharsets.UTF_8))) {
            for (String line; (line = lines.readLine()) != null; ) {
                JsonNode golden = json.readTree(line);
                float[] vector = new float[384];
                ByteBuffer.wrap(Base64.getDecoder().decode(golden.get("vector").textValue()))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(vector);
                goldens.add(new Golden(golden.get("text").textValue(), vector));
            }
        }
        return goldens;
    }
}
