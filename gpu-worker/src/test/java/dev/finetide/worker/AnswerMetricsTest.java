package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.VariantMetrics;
import org.junit.jupiter.api.Test;

class AnswerMetricsTest {
    @Test
    void exactMatchIgnoresOuterWhiteSpaceOnly() {
        assertThat(AnswerMetrics.exactMatch(" card arrival", "card arrival\n")).isTrue();
        assertThat(AnswerMetrics.exactMatch("card arrival", "card  arrival")).isFalse();
        assertThat(AnswerMetrics.exactMatch("card arrival", "Card arrival")).isFalse();
    }

    @Test
    void tokenF1CountsEachWordOnce() {
        assertThat(AnswerMetrics.tokenF1("a b c", "a b c")).isEqualTo(1);
        assertThat(AnswerMetrics.tokenF1("a b", "a a")).isEqualTo(0.5); // one of two given, one of two wanted
        assertThat(AnswerMetrics.tokenF1("a b c d", "a b")).isCloseTo(2.0 / 3, within(1e-12));
        assertThat(AnswerMetrics.tokenF1("a", "")).isZero();
        assertThat(AnswerMetrics.tokenF1("", " ")).isEqualTo(1);
    }

    @Test
    void validJsonIsOneContainerAndNothingElse() {
        assertThat(AnswerMetrics.validJson("{\"a\": [1, 2]}")).isTrue();
        assertThat(AnswerMetrics.validJson("[]")).isTrue();
        assertThat(AnswerMetrics.validJson("{\"a\": 1} and more")).isFalse();
        assertThat(AnswerMetrics.validJson("{\"a\": 1")).isFalse();
        assertThat(AnswerMetrics.validJson("3")).isFalse();
        assertThat(AnswerMetrics.validJson("")).isFalse();
    }

    @Test
    void lossIsPerTokenOverAllRowsNotPerRow() {
        // Given: 1 token of NLL 4, then 3 tokens of NLL 0 each
        AnswerMetrics.Sum sum = new AnswerMetrics.Sum();
        sum.add(ExampleResult.newBuilder()
                .setNll(4)
                .setTokens(1)
                .setExactMatch(true)
                .setTokenF1(1)
                .build());
        sum.add(ExampleResult.newBuilder()
                .setNll(0)
                .setTokens(3)
                .setTokenF1(0.5)
                .build());
        // When
        VariantMetrics metrics = sum.metrics();
        // Then
        assertThat(metrics.getLoss()).isEqualTo(1);
        assertThat(metrics.getPerplexity()).isCloseTo(Math.E, within(1e-12));
        assertThat(metrics.getExactMatch()).isEqualTo(0.5);
        assertThat(metrics.getTokenF1()).isEqualTo(0.75);
        assertThat(metrics.hasValidJson()).isFalse();
    }
}
