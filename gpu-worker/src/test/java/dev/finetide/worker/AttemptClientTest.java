package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.worker.v1.WorkerSpec;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttemptClientTest {
    @Test
    void theTokenOfAnAttemptIsNotSentInPlainTextToAnotherMachine() {
        WorkerSpec spec = WorkerSpec.newBuilder()
                .setServiceEndpoint("training.example:9000")
                .setAttemptToken("token-of-an-attempt")
                .build();

        try (Trace trace = Trace.start("train", Map.of())) {
            assertThatThrownBy(() -> new AttemptClient(spec, trace).close())
                    .isInstanceOf(WorkerFailure.class)
                    .hasMessageContaining("https://training.example:9000")
                    .hasMessageNotContaining("token-of");
        }
    }
}
