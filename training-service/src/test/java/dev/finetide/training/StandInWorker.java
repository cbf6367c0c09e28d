package dev.finetide.training;

import dev.finetide.kit.launch.StandInAttempt;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import dev.finetide.proto.worker.v1.WorkerStopped;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// Plays a worker that does not train: `max_steps` steps of 50 ms, and a checkpoint every tenth step. The run's seed
/// selects what goes wrong.
public final class StandInWorker {
    /// The seed of a run whose first attempt dies without a report at step 15.
    static final int DIES_ONCE = 137;

    /// The seed of a run that ends immediately with exit code 66 and no report.
    static final int MISSES_INPUT = 66;

    /// The number of tokens of each step.
    static final int TOKENS = 100;

    private final StandInAttempt attempt;

    private StandInWorker(StandInAttempt attempt) {
        this.attempt = attempt;
    }

    public static void main(String[] arguments) throws Exception {
        WorkerSpec spec = StandInAttempt.spec(arguments);
        System.out.println("attempt " + spec.getAttempt() + " starts");
        if (spec.getTrain().getConfig().getSeed() == MISSES_INPUT) {
            System.exit(MISSES_INPUT);
        }
        try (StandInAttempt attempt = StandInAttempt.claim(spec)) {
            new StandInWorker(attempt).train(attempt.claim().getResumeFrom().getStep());
        }
    }

    private void train(int from) throws InterruptedException, IOException {
        AtomicBoolean stop = new AtomicBoolean();
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop.set(true);
            try {
                main.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        attempt.report(WorkerEvent.newBuilder()
                .setStarted(WorkerStarted.newBuilder().setDevice("stand-in").setResumedFromStep(from)));
        int steps = attempt.spec().getTrain().getConfig().getMaxSteps();
        boolean dies = attempt.spec().getTrain().getConfig().getSeed() == DIES_ONCE
                && attempt.spec().getAttempt() == 1;
        for (int step = from + 1; step <= steps; step++) {
            if (stop.get()) {
                attempt.report(WorkerEvent.newBuilder()
                        .setStopped(WorkerStopped.newBuilder().setStep(step)));
                return;
            }
            Thread.sleep(50);
            attempt.report(WorkerEvent.newBuilder()
                    .setStep(TrainingProgress.newBuilder()
                            .setStep(step)
                            .setTotalSteps(steps)
                            .setTokens(TOKENS)
                            .setTokensPerSecond(2_000)));
            if (step % 10 == 0) {
                attempt.report(WorkerEvent.newBuilder()
                        .setCheckpoint(Checkpoint.newBuilder()
                                .setStep(step)
                                .setEpoch(attempt.claim().getEpoch())
                                .addFiles(attempt.stored("checkpoints/step-%08d/state".formatted(step), 1_000))
                                .setWriteSeconds(0.5)));
            }
            if (step == 15 && dies) {
                attempt.die(DIES_ONCE);
            }
        }
        BlobFile model = attempt.stored("model/adapter_model.safetensors", 9);
        attempt.report(WorkerEvent.newBuilder()
                .setTrainingFinished(TrainingOutput.newBuilder()
                        .setSteps(steps)
                        .addFiles(model)
                        .setDigest(FileSet.digest(List.of(model)))));
        attempt.close();
        Runtime.getRuntime().halt(0);
    }
}
