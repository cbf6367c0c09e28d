package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailureTextTest {
    /// Java's own message would quote the text that is no number, which may be a row's.
    @Test
    void aTextThatIsNoNumberIsNotReported() {
        NumberFormatException failure = new NumberFormatException("For input string: \"Hush 7041\"");

        WorkerFailure told = AttemptRunner.explain(failure);

        assertThat(told.reason()).isEqualTo(WorkerFailure.Reason.WORKER_FAILED);
        assertThat(told.getMessage()).doesNotContain("Hush");
    }

    @Test
    void aWrongSettingIsReported() {
        assertThat(AttemptRunner.explain(new IllegalArgumentException("rank: expected 1 or more"))
                        .getMessage())
                .isEqualTo("rank: expected 1 or more");
    }
}
