package dev.finetide.e2e.kubelet;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/// The one container of a pod, as a process.
final class RunningContainer {
    private final String pod;
    private final Process process;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private volatile boolean outgrewMemory;

    RunningContainer(String pod, Process process) {
        this.pod = pod;
        this.process = process;
    }

    String pod() {
        return pod;
    }

    Process process() {
        return process;
    }

    /// Returns true for the first caller: SIGTERM is sent once.
    boolean isFirstStop() {
        return stopped.compareAndSet(false, true);
    }

    /// Returns the resident memory of the process in bytes; 0 after the process has ended.
    long residentBytes() {
        try (Stream<String> status = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
            return status.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException ended) {
            return 0;
        }
    }

    void killForMemory() {
        outgrewMemory = true;
        process.destroyForcibly();
    }

    PodStatus ended(Pod its) {
        int code = process.exitValue();
        String reason = outgrewMemory ? "OOMKilled" : code == 0 ? "Completed" : "Error";
        return PodStatuses.ended(its, code, reason, "");
    }
}
