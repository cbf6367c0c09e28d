package dev.finetide.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// This process's memory.
final class Memory {
    private Memory() {}

    /// Peak resident memory in bytes (`VmHWM` of proc(5)); 0 where the system does not tell.
    static long peakBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
