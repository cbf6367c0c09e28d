package dev.finetide.e2e.kubelet;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/// A pod's one container as a process.
final class RunningContainer {
    private final String pod;
    private final Process process;
    private final Path log;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private volatile boolean outgrewMemory;

    RunningContainer(String pod, Process process, Path log) {
        this.pod = pod;
        this.process = process;
        this.log = log;
    }

    String pod() {
        return pod;
    }

    Process process() {
        return process;
    }

    /// SIGTERM is sent once.
    boolean isFirstStop() {
        return stopped.compareAndSet(false, true);
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

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "";
        }
    }
}
