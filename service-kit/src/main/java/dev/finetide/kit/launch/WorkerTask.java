package dev.finetide.kit.launch;

import dev.finetide.proto.worker.v1.WorkerSpec;

/// Says what a worker's specification asks for.
public final class WorkerTask {
    private WorkerTask() {}

    /// Returns the worker program's command for the task.
    public static String command(WorkerSpec spec) {
        return switch (spec.getTaskCase()) {
            case TRAIN -> "train";
            case REPORT -> "report";
            case EVALUATE, TASK_NOT_SET -> "evaluate";
        };
    }

    /// Whether the task computes with a model, and so needs the device. A report about rows alone only
    /// reads and counts.
    public static boolean needsDevice(WorkerSpec spec) {
        return !spec.hasReport() || spec.hasBase();
    }
}
