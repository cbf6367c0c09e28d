package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.worker.v1.WorkerHeartbeat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final Progress progress = new Progress();

    @Test
    void aHeartbeatTellsThePhaseAndStandsStillWithTheWork() {
        progress.begin("examining the rows of train");
        WorkerHeartbeat begun = progress.heartbeat();
        assertThat(begun.getDoing()).isEqualTo("examining the rows of train");
        assertThat(progress.heartbeat()).as("nothing was done").isEqualTo(begun);
        progress.count();
        progress.count();
        assertThat(progress.heartbeat().getDoing()).isEqualTo("examining the rows of train, 2 done");
        assertThat(progress.heartbeat().getProgress()).isGreaterThan(begun.getProgress());
        progress.begin("training");
        assertThat(progress.heartbeat().getDoing()).isEqualTo("training");
    }

    @Test
    void readingALongFileIsProgress() throws IOException {
        long before = progress.heartbeat().getProgress();
        byte[] content = {1, 2, 3};
        assertThat(progress.counted(new ByteArrayInputStream(content)).readAllBytes())
                .isEqualTo(content);
        assertThat(progress.heartbeat().getProgress()).isGreaterThan(before);
        assertThat(progress.heartbeat().getDoing()).isEqualTo("starting");
    }
}
