package dev.finetide.suitability.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares with cleanlab 2.9.0, whose numbers `confident_learning.py` has written.
class ConfidentLearningTest {
    static Stream<JsonNode> cases() throws IOException {
        try (InputStream in = ConfidentLearningTest.class.getResourceAsStream("/label/confident_learning.json")) {
            JsonNode cases = new ObjectMapper().readTree(in);
            return StreamSupport.stream(cases.spliterator(), false);
        }
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("cases")
    void numbersAreThoseOfCleanlab(JsonNode golden) {
        int[] labels = ints(golden.get("labels")).stream().mapToInt(i -> i).toArray();
        double[][] probabilities = doubles(golden.get("probabilities"));
        ConfidentLearning learning = new ConfidentLearning(labels, probabilities);

        assertThat(learning.joint())
                .as(golden.get("name").asText())
                .isDeepEqualTo(StreamSupport.stream(golden.get("joint").spliterator(), false)
                        .map(row -> ints(row).stream().mapToLong(i -> i).toArray())
                        .toArray(long[][]::new));
        assertThat(learning.issues().stream().boxed().toList()).isEqualTo(ints(golden.get("issues")));
        assertThat(learning.issues().stream()
                        .boxed()
                        .sorted(Comparator.comparingDouble(row -> probabilities[row][labels[row]]))
                        .map(row -> probabilities[row][labels[row]])
                        .toList())
                .isEqualTo(ints(golden.get("ranked")).stream()
                        .map(row -> probabilities[row][labels[row]])
                        .toList());
        double[][] noise = doubles(golden.get("noise_matrix"));
        for (int given = 0; given < noise.length; given++) {
            assertThat(learning.noiseMatrix()[given]).containsExactly(noise[given], within(1e-8));
        }
        double[][] joint = doubles(golden.get("joint_probability"));
        double right = 0;
        for (int label = 0; label < joint.length; label++) {
            right += joint[label][label];
        }
        if (joint.length > 0) {
            assertThat(learning.noiseRate()).isCloseTo(1 - right, within(1e-8));
        }
    }

    @Test
    void rowsWithoutProbabilitiesAreRefused() {
        assertThatThrownBy(() -> new ConfidentLearning(new int[0], new double[0][]))
                .hasMessage("expected as many probabilities as labels, one or more, got 0 labels and 0 rows of"
                        + " probabilities");
    }

    private static List<Integer> ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::intValue)
                .toList();
    }

    private static double[][] doubles(JsonNode matrix) {
        return StreamSupport.stream(matrix.spliterator(), false)
                .map(row -> StreamSupport.stream(row.spliterator(), false)
                        .mapToDouble(JsonNode::doubleValue)
                        .toArray())
                .toArray(double[][]::new);
    }
}
