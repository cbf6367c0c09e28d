package dev.finetide.worker;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// The right to use this machine's device: a file lock of the operating system, which the kernel frees however the
/// worker dies. On a cluster the scheduler assigns devices, and there is no lock.
final class DeviceSlot implements AutoCloseable {
    private final FileChannel channel;

    private DeviceSlot(FileChannel channel) {
        this.channel = channel;
    }

    /// Waits for the slot. Returns empty when `giveUp` becomes true first.
    ///
    /// @param directory directory that all workers of the machine share
    /// @param giveUp condition that is polled while waiting
    static Optional<DeviceSlot> take(Path directory, BooleanSupplier giveUp) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        FileChannel channel = FileChannel.open(
                directory.resolve("device-0.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean told = false;
        while (!giveUp.getAsBoolean()) {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return Optional.of(new DeviceSlot(channel));
            }
            if (!told) {
                System.out.println("waiting for the device: another worker has it");
                told = true;
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        channel.close();
        return Optional.empty();
    }

    /// Returns a slot on a cluster, where the scheduler has assigned the device.
    static DeviceSlot givenByScheduler() {
        return new DeviceSlot(null);
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
