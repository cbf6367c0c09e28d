package dev.finetide.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.auth.AttemptToken;
import dev.finetide.proto.worker.v1.WorkerEvent;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/// A report on Kafka counts with the seal of the attempt that it names, and with no other.
class AttemptTokensTest {
    private static final String RUN = "projects/default/trainingRuns/r1";

    private final AttemptTokens tokens = AttemptTokens.ofRandomKey();
    private final WorkerEvent report = WorkerEvent.newBuilder()
            .setResource(RUN)
            .setAttempt(2)
            .setEpoch(7)
            .setSequence(3)
            .build();

    private boolean isSealed(WorkerEvent event, byte[] value, String... seals) {
        RecordHeaders headers = new RecordHeaders();
        for (String seal : seals) {
            headers.add(AttemptToken.SEAL_HEADER, seal.getBytes(StandardCharsets.UTF_8));
        }
        return tokens.isSealed(event, value, headers);
    }

    private String seal(String run, int attempt) {
        return AttemptToken.seal(tokens.of(run, attempt), report.toByteArray());
    }

    @Test
    void theWorkerOfTheAttemptSealsItsReport() {
        assertThat(isSealed(report, report.toByteArray(), seal(RUN, 2))).isTrue();
    }

    @Test
    void sealsOfOtherAttemptsRunsAndServicesDoNotFit() {
        byte[] value = report.toByteArray();
        assertThat(isSealed(report, value, seal(RUN, 1))).isFalse();
        assertThat(isSealed(report, value, seal(RUN, 3))).isFalse();
        assertThat(isSealed(report, value, seal("projects/default/trainingRuns/r2", 2)))
                .isFalse();
        assertThat(isSealed(report, value, seal("projects/other/trainingRuns/r1", 2)))
                .isFalse();
        String ofOtherKey = AttemptToken.seal(AttemptTokens.ofRandomKey().of(RUN, 2), value);
        assertThat(isSealed(report, value, ofOtherKey)).isFalse();
    }

    @Test
    void aSealFitsItsReportAlone() {
        WorkerEvent next = report.toBuilder().setSequence(4).build();
        WorkerEvent later = report.toBuilder().setEpoch(8).build();
        assertThat(isSealed(next, next.toByteArray(), seal(RUN, 2))).isFalse();
        assertThat(isSealed(later, later.toByteArray(), seal(RUN, 2))).isFalse();
        // The bytes as they came are sealed, not those that a parser would write again.
        byte[] longer = new byte[report.getSerializedSize() + 2];
        System.arraycopy(report.toByteArray(), 0, longer, 0, report.getSerializedSize());
        assertThat(isSealed(report, longer, seal(RUN, 2))).isFalse();
    }

    @Test
    void aReportWithoutOneTrueSealIsForged() {
        byte[] value = report.toByteArray();
        assertThat(isSealed(report, value)).isFalse();
        assertThat(isSealed(report, value, "")).isFalse();
        assertThat(isSealed(report, value, tokens.of(RUN, 2))).isFalse();
        assertThat(isSealed(report, value, seal(RUN, 2).substring(1))).isFalse();
        assertThat(isSealed(report, value, seal(RUN, 2), "x")).isFalse();
        RecordHeaders empty = new RecordHeaders();
        empty.add(AttemptToken.SEAL_HEADER, null);
        assertThat(tokens.isSealed(report, value, empty)).isFalse();
    }
}
