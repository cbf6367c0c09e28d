package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceSlotTest {
    @TempDir
    Path directory;

    @Test
    void theSlotIsTakenByOneAtATime() throws IOException, InterruptedException {
        try (DeviceSlot slot = DeviceSlot.take(directory, () -> false).orElseThrow();
                FileChannel other = FileChannel.open(directory.resolve("device-0.lock"), StandardOpenOption.WRITE)) {
            assertThat(slot).isNotNull();
            assertThat(locks(other)).isFalse();
        }
        try (FileChannel other = FileChannel.open(directory.resolve("device-0.lock"), StandardOpenOption.WRITE)) {
            assertThat(locks(other)).isTrue();
        }
    }

    private static boolean locks(FileChannel channel) throws IOException {
        try (FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (java.nio.channels.OverlappingFileLockException held) {
            return false; // by this process
        }
    }

    @Test
    void whoIsToldToStopWhileWaitingGetsNoSlot() throws IOException, InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        assertThat(DeviceSlot.take(directory, () -> asked.incrementAndGet() > 0))
                .isEqualTo(Optional.empty());
    }
}
