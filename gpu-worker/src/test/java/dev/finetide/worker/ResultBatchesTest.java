package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.worker.v1.ExampleResults;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResultBatchesTest {
    private static ExampleResult result(int row, String prompt) {
        return ExampleResult.newBuilder().setRow(row).setPrompt(prompt).build();
    }

    @Test
    void shortResultsGoInOneReport() {
        List<ExampleResult> results =
                IntStream.range(0, 64).mapToObj(row -> result(row, "hello")).toList();
        assertThat(ResultBatches.of(results))
                .containsExactly(
                        ExampleResults.newBuilder().addAllResults(results).build());
        assertThat(ResultBatches.of(List.of())).isEmpty();
    }

    @Test
    void noReportIsLargerThanABrokerTakes() {
        List<ExampleResult> results = IntStream.range(0, 64)
                .mapToObj(row -> result(row, "x".repeat(50_000)))
                .toList();
        List<ExampleResults> batches = ResultBatches.of(results);
        assertThat(batches)
                .hasSizeGreaterThan(1)
                .allSatisfy(batch -> assertThat(batch.getSerializedSize()).isLessThan(900_000));
        assertThat(batches.stream().flatMap(batch -> batch.getResultsList().stream()))
                .isEqualTo(results);
    }

    @Test
    void ofAVeryLongTextTheBeginningIsShownAndTheReportSaysSo() {
        ExampleResult whole = result(0, "é".repeat(3_000_000)).toBuilder()
                .setAnswer("é".repeat(3_000_000))
                .build();
        ExampleResult shown = ResultBatches.of(List.of(whole)).getFirst().getResults(0);
        assertThat(shown.getTextsCut()).isTrue();
        assertThat(shown.getPrompt()).isEqualTo("é".repeat(32 << 10));
        assertThat(shown.getAnswer()).isEqualTo(shown.getPrompt());
    }
}
