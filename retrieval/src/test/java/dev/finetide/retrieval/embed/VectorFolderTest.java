package dev.finetide.retrieval.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorFolderTest {
    private static final int TEXTS = 2 * VectorFolder.BLOCK + 100;

    @TempDir
    Path folder;

    private final List<String> texts = texts(7);

    @Test
    void aStoppedIndexGoesOnWhereItWas() throws IOException {
        LetterEmbedder stopped = new LetterEmbedder().stoppingAfter(VectorFolder.BLOCK);
        assertThatThrownBy(() -> vectors(stopped)).hasMessage("stopped");
        LetterEmbedder second = new LetterEmbedder();
        List<Integer> done = new ArrayList<>();

        Vectors vectors = new VectorFolder(folder).vectors(texts, second, done::add);

        assertThat(second.embedded()).isEqualTo(TEXTS - VectorFolder.BLOCK);
        assertThat(done).containsExactly(VectorFolder.BLOCK, 2 * VectorFolder.BLOCK, TEXTS);
        assertThat(vectors.size()).isEqualTo(TEXTS);
        LetterEmbedder third = new LetterEmbedder();
        vectors(third);
        assertThat(third.embedded()).isZero();
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(file -> file.toString().endsWith(".part"))).isEmpty();
        }
    }

    @Test
    void aKilledProcessLosesOneFileAtMost() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SlowIndexing.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = process.inputReader()) {
            assertThat(out.readLine()).isEqualTo("done " + VectorFolder.BLOCK);
        } finally {
            process.destroyForcibly().waitFor();
        }
        LetterEmbedder next = new LetterEmbedder();

        vectors(next);

        assertThat(next.embedded()).isEqualTo(TEXTS - VectorFolder.BLOCK);
    }

    /// Indexes the same texts in a process of its own, and never ends the second file.
    static final class SlowIndexing {
        public static void main(String[] arguments) {
            new VectorFolder(Path.of(arguments[0])).vectors(texts(7), new LetterEmbedder(), done -> {
                System.out.println("done " + done);
                LockSupport.park();
            });
        }
    }

    @Test
    void aDamagedFileIsMadeAgain() throws IOException {
        vectors(new LetterEmbedder());
        Path file = file("000001.f32");
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(1000);
            bytes.write(77);
        }
        LetterEmbedder again = new LetterEmbedder();
        vectors(again);
        assertThat(again.embedded()).isEqualTo(VectorFolder.BLOCK);

        Files.write(file("000002.f32"), new byte[12]);
        LetterEmbedder torn = new LetterEmbedder();
        vectors(torn);
        assertThat(torn.embedded()).isEqualTo(100);
    }

    @Test
    void otherTextsHaveOtherVectors() {
        vectors(new LetterEmbedder());
        LetterEmbedder other = new LetterEmbedder();
        new VectorFolder(folder).vectors(List.of("ab", "c"), other, _ -> {});
        assertThat(other.embedded()).isEqualTo(2);
        assertThat(VectorFolder.digest(List.of("ab", "c"), other))
                .isNotEqualTo(VectorFolder.digest(List.of("a", "bc"), other));
    }

    @Test
    void theNearestAreThoseOfAWholeSort() {
        Vectors vectors = vectors(new LetterEmbedder());
        float[][] all = new LetterEmbedder().embed(texts);
        for (String question : texts(8).subList(0, 5)) {
            float[] vector = new LetterEmbedder().embed(List.of(question))[0];
            List<Vectors.Near> expected = IntStream.range(0, TEXTS)
                    .mapToObj(i -> new Vectors.Near(i, product(vector, all[i])))
                    .sorted((a, b) -> Float.compare(b.product(), a.product()))
                    .limit(50)
                    .toList();
            List<Vectors.Near> near = vectors.nearest(vector, 50);
            assertThat(near).hasSize(50);
            for (int i = 0; i < 50; i++) {
                assertThat(near.get(i).product())
                        .isCloseTo(expected.get(i).product(), org.assertj.core.api.Assertions.within(1e-6f));
            }
        }
        assertThat(vectors.nearest(all[0], 0)).isEmpty();
        assertThat(vectors.nearest(all[0], 9999)).hasSize(TEXTS);
    }

    @Test
    void ofEqualVectorsTheEarlierComesFirst() {
        LetterEmbedder embedder = new LetterEmbedder();
        Vectors vectors = new VectorFolder(folder).vectors(List.of("b", "a", "aa", "b", "aaa"), embedder, _ -> {});
        assertThat(vectors.nearest(embedder.embed(List.of("a"))[0], 4))
                .extracting(Vectors.Near::position)
                .containsExactly(1, 2, 4, 0);
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> new VectorFolder(file).vectors(texts, new LetterEmbedder(), _ -> {}))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString());
    }

    private Vectors vectors(Embedder embedder) {
        return new VectorFolder(folder).vectors(texts, embedder, _ -> {});
    }

    private Path file(String name) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.endsWith(name)).findFirst().orElseThrow();
        }
    }

    private static float product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return (float) sum;
    }

    private static List<String> texts(long seed) {
        Random random = new Random(seed);
        return Stream.generate(() -> random.ints(30, 'a', 'z' + 1)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString())
                .limit(TEXTS)
                .toList();
    }
}
