package dev.finetide.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreePortsTest {
    @TempDir
    Path directory;

    /// The kernel alone would give some of so many ports twice.
    @Test
    void aPortIsPickedOnceThoughNobodyListensOnIt() throws IOException {
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            ports.addAll(FreePorts.pick(11));
        }

        assertThat(ports).hasSize(550).doesNotHaveDuplicates();
    }

    @Test
    void aPortIsPickedAgainAfterMinutesAndADamagedFileIsNoObstacle() throws IOException {
        Path file = Files.writeString(directory.resolve("ports"), "x\n70 \n1234567 1\n80 1000\n90 500000\n");
        long now = Duration.ofMinutes(10).toMillis();

        try (PickedPorts picked = PickedPorts.open(file, now)) {
            assertThat(picked.add(80, now)).isTrue();
            assertThat(picked.add(90, now)).isFalse();
        }

        assertThat(file).hasContent("80 600000\n90 500000");
    }
}
