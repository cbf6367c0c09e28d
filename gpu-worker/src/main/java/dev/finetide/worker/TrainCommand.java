package dev.finetide.worker;

import com.google.protobuf.Timestamp;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingEstimate;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.ValidationResult;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerStarted;
import dev.finetide.proto.worker.v1.WorkerStopped;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.HeldOut;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.StepReport;
import dev.finetide.sft.TrainResult;
import dev.finetide.sft.TrainingListener;
import dev.finetide.sft.ValidationReport;
import dev.finetide.sft.torch.TorchRuntime;
import dev.finetide.sft.train.BestSoFar;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Runs one training attempt: fetches base and rows, continues from the last complete checkpoint if
/// there is one, trains, and stores the result.
@Command(name = "train", description = "Trains as the spec says and reports to the training-service.")
final class TrainCommand implements Callable<Integer> {
    private static final String CHECKPOINTS = "checkpoints";

    @Option(names = "--spec", required = true, paramLabel = "FILE", description = "WorkerSpec as JSON")
    private Path spec;

    @Mixin
    private MachineOptions machine;

    @Override
    public Integer call() throws IOException, InterruptedException {
        return AttemptRunner.run("train", spec, this::train);
    }

    private boolean train(ClaimedAttempt attempt, Path scratch, StopSignal stop) throws IOException {
        TrainingConfig wanted = attempt.spec().getTrain().getConfig();
        AttemptInputs inputs = new AttemptInputs(attempt);
        Progress progress = attempt.progress();
        progress.begin("fetching a checkpoint");
        Path checkpoints = Files.createDirectories(scratch.resolve(CHECKPOINTS));
        Resumption resumption = Resumption.find(attempt.checkpoints(), attempt::download, checkpoints);
        resumption.refused().forEach(refused -> System.err.println("checkpoint not used: " + refused));
        progress.begin("fetching the base");
        Path baseDirectory = inputs.fetchBase(scratch);
        EngineOptions options = machine.engine(wanted);
        progress.begin("loading the base");
        try (CausalLm base = attempt.trace().inSpan("load model", () -> CausalLm.load(baseDirectory, options))) {
            attachInitialAdapter(attempt.spec().getTrain().getInitialAdapterList(), base, inputs, scratch);
            PassageSources passages = PassageInputs.of(inputs, options, scratch, progress);
            TrainingRows read = TrainingRows.read(inputs::readRows, passages, base, attempt.spec(), progress);
            HeldOut rows = read.parts();
            TrainingConfig config = read.inUse(EngineConfig.inUse(wanted, base));
            System.out.printf(
                    "training on %d rows, validating on %d%n",
                    rows.learnt().size(), rows.heldOut().size());
            SftConfig settings =
                    EngineConfig.sftConfig(config, base.config(), rows.learnt().size());
            WorkerStarted.Builder started = AttemptRunner.startedReport(base)
                    .setConfig(config)
                    .addAllRefusedCheckpoints(resumption.refused())
                    .setTrainRows(rows.learnt().size())
                    .setValidationRows(rows.heldOut().size())
                    .setRowReport(read.report())
                    .setTotalParameters(base.parameterCount());
            progress.begin("measuring the first steps");
            try (SftTrainer trainer = SftTrainer.prepare(base, rows, settings)) {
                trainer.estimate(checkpoints, attempt::rehearseUpload)
                        .ifPresent(estimate -> started.setEstimate(toProto(estimate))
                                .setTotalParameters(estimate.parameters())
                                .setTrainableParameters(estimate.trainableParameters()));
                if (config.getDryRun()) {
                    attempt.reports().report(WorkerEvent.newBuilder().setStarted(started));
                    attempt.reports()
                            .report(WorkerEvent.newBuilder().setTrainingFinished(TrainingOutput.getDefaultInstance()));
                    return true;
                }
                return trainAndStore(attempt, trainer, started, scratch, stop);
            }
        }
    }

    /// Trains and stores the result.
    ///
    /// @param started report of the start, without the step that training begins after
    /// @return whether training came to its end
    private static boolean trainAndStore(
            ClaimedAttempt attempt, SftTrainer trainer, WorkerStarted.Builder started, Path scratch, StopSignal stop)
            throws IOException {
        Reporter reporter = new Reporter(attempt, started, stop);
        TrainResult result = attempt.trace().inSpan("train", () -> trainer.run(scratch.resolve(CHECKPOINTS), reporter));
        if (result.interrupted()) {
            attempt.reports()
                    .report(WorkerEvent.newBuilder()
                            .setStopped(WorkerStopped.newBuilder().setStep(result.steps())));
            return false;
        }
        attempt.progress().begin("storing the model");
        Path model = scratch.resolve("model");
        Base base = attempt.spec().getBase();
        result.save(model, base.getOrigin().isEmpty() ? base.getName() : base.getOrigin(), base.getName());
        List<BlobFile> files = attempt.trace().inSpan("store model", () -> attempt.upload(model, "model"));
        attempt.reports()
                .report(WorkerEvent.newBuilder().setTrainingFinished(output(started.getConfig(), result, files)));
        return true;
    }

    private static TrainingEstimate toProto(dev.finetide.sft.TrainingEstimate estimate) {
        return TrainingEstimate.newBuilder()
                .setSeconds(estimate.seconds())
                .setPeakMemoryBytes(estimate.peakMemoryBytes())
                .setSteps(estimate.steps())
                .setTokens(estimate.tokens())
                .setParameters(estimate.parameters())
                .setTrainableParameters(estimate.trainableParameters())
                .setWeightBytes(estimate.weightBytes())
                .setOptimiserBytes(estimate.optimiserBytes())
                .setActivationBytes(estimate.activationBytes())
                .build();
    }

    /// Attaches the adapter that training continues, if there is one. The adapter lives as long as
    /// the base.
    private static void attachInitialAdapter(
            List<BlobFile> adapter, CausalLm base, AttemptInputs inputs, Path scratch) {
        if (!adapter.isEmpty()) {
            base.attach(inputs.fetchFiles(adapter, scratch.resolve("adapter"), "adapter"))
                    .requireTemplate();
        }
    }

    private static TrainingOutput output(TrainingConfig config, TrainResult result, List<BlobFile> files) {
        TrainingOutput.Builder output = TrainingOutput.newBuilder()
                .setKind(config.getMethod() == Method.FULL ? ModelKind.FULL_MODEL : ModelKind.ADAPTER)
                .addAllFiles(files)
                .setDigest(FileSet.digest(files))
                .setFinalLoss(result.finalLoss())
                .setSteps(result.steps())
                .setTrainedTokens(result.tokens())
                .setTrainSeconds(result.seconds())
                .setPeakMemoryBytes(TorchRuntime.peakResidentBytes())
                .setResultStep(result.resultStep())
                .setStoppedEarly(result.outcome() == TrainResult.Outcome.STOPPED_EARLY);
        BestSoFar best = result.validation();
        if (best.bestStep() > 0) {
            output.setValidation(ValidationResult.newBuilder()
                    .setStep(best.bestStep())
                    .setLoss(best.bestLoss())
                    .setTokenAccuracy(best.bestAccuracy())
                    .setBestStep(best.bestStep())
                    .setBestLoss(best.bestLoss()));
        }
        return output.build();
    }

    /// Turns the trainer's progress into reports and stored checkpoints.
    private static final class Reporter implements TrainingListener {
        private final ClaimedAttempt attempt;
        private final WorkerStarted.Builder started;
        private final StopSignal stop;

        /// @param started report of the start, which is sent when it is certain where training begins
        Reporter(ClaimedAttempt attempt, WorkerStarted.Builder started, StopSignal stop) {
            this.attempt = attempt;
            this.started = started;
            this.stop = stop;
        }

        @Override
        public void onStart(int step) {
            attempt.progress().begin(step == 0 ? "training" : "training from step " + step);
            attempt.reports().report(WorkerEvent.newBuilder().setStarted(started.setResumedFromStep(step)));
        }

        @Override
        public void onStep(StepReport step) {
            Instant now = Instant.now();
            attempt.progress().count();
            attempt.reports()
                    .report(WorkerEvent.newBuilder()
                            .setStep(TrainingProgress.newBuilder()
                                    .setStep(step.step())
                                    .setTotalSteps(step.totalSteps())
                                    .setEpoch(step.epoch())
                                    .setLoss(step.loss())
                                    .setLearningRate(step.learningRate())
                                    .setGradNorm(step.gradNorm())
                                    .setSupervisedTokens(step.supervisedTokens())
                                    .setTokens(step.tokens())
                                    .setTokensPerSecond(step.tokensPerSecond())
                                    .setRowsPerSecond(step.rowsPerSecond())
                                    .setTime(Timestamp.newBuilder()
                                            .setSeconds(now.getEpochSecond())
                                            .setNanos(now.getNano()))));
            if (step.step() == 1 || step.step() % 50 == 0 || step.step() == step.totalSteps()) {
                System.out.printf(
                        "step %d/%d loss %.4f lr %.2e %.0f tokens/s%n",
                        step.step(), step.totalSteps(), step.loss(), step.learningRate(), step.tokensPerSecond());
            }
        }

        @Override
        public void onValidation(ValidationReport report) {
            attempt.reports()
                    .report(WorkerEvent.newBuilder()
                            .setValidation(ValidationResult.newBuilder()
                                    .setStep(report.step())
                                    .setLoss(report.loss())
                                    .setTokenAccuracy(report.tokenAccuracy())
                                    .setSupervisedTokens(report.supervisedTokens())
                                    .setBestLoss(report.bestLoss())
                                    .setBestStep(report.bestStep())));
            System.out.printf(
                    "step %d validation loss %.4f, token accuracy %.4f%s%n",
                    report.step(), report.loss(), report.tokenAccuracy(), report.best() ? ", the best so far" : "");
        }

        @Override
        public void onCheckpoint(int step, Path directory) {
            try {
                long before = System.nanoTime();
                List<BlobFile> files = attempt.trace()
                        .inSpan(
                                "store checkpoint",
                                () -> attempt.upload(directory, "checkpoints/" + directory.getFileName()));
                attempt.reports()
                        .report(WorkerEvent.newBuilder()
                                .setCheckpoint(Checkpoint.newBuilder()
                                        .setStep(step)
                                        .setEpoch(attempt.epoch())
                                        .addAllFiles(files)
                                        .setWriteSeconds((System.nanoTime() - before) / 1e9)));
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "checkpoint of step " + step + " could not be stored: " + e.getMessage(), e);
            }
        }

        @Override
        public void onCheckpointRefused(Path directory, String reason) {
            String refused = Resumption.refusal(directory, reason);
            started.addRefusedCheckpoints(refused);
            System.err.println("checkpoint not used: " + refused);
        }

        @Override
        public boolean stopRequested() {
            return stop.raised();
        }
    }
}
