package dev.finetide.dataset.recipe.expression;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EvaluationBudgetTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final EvaluationBudget budget = new EvaluationBudget(now::get);

    private void evaluate(Duration time) {
        budget.renew();
        now.addAndGet(time.toNanos());
        try {
            budget.checkTime();
        } finally {
            budget.settle();
        }
    }

    @Test
    void aRowMayTakeSeconds() {
        assertThatCode(() -> evaluate(Duration.ofSeconds(9))).doesNotThrowAnyException();
        assertThatThrownBy(() -> evaluate(Duration.ofSeconds(9)))
                .isInstanceOf(EvaluationBudget.Exceeded.class)
                .hasMessageContaining("20 ms for each of many rows");
    }

    @Test
    void manyFastRowsTakeAnyTime() {
        assertThatCode(() -> {
                    for (int row = 0; row < 100_000; row++) {
                        evaluate(Duration.ofMillis(19));
                    }
                })
                .doesNotThrowAnyException();
    }

    @Test
    void manySlowRowsAreRefused() {
        assertThatThrownBy(() -> {
                    for (int row = 0; row < 100; row++) {
                        evaluate(Duration.ofSeconds(1));
                    }
                })
                .isInstanceOf(EvaluationBudget.Exceeded.class);
    }
}
