package dev.finetide.worker;

import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.worker.v1.BaseLosses;
import dev.finetide.proto.worker.v1.ReportFinished;
import dev.finetide.proto.worker.v1.ReportProgress;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import dev.finetide.proto.worker.v1.WorkerStopped;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.text.TrainedRendering;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.Sections;
import dev.finetide.worker.report.BaseSection;
import dev.finetide.worker.report.SectionRunner;
import dev.finetide.worker.report.ShardScan;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Makes one attempt at a report on the suitability of rows. Every section is reported at once, and a
/// later attempt makes those that are left. Only a section with a base waits for the device.
@Command(name = "report", description = "Reports on rows as the spec says, to the dataset-service.")
final class ReportCommand implements Callable<Integer> {
    @Option(names = "--spec", required = true, paramLabel = "FILE", description = "WorkerSpec as JSON")
    private Path spec;

    @Mixin
    private MachineOptions machine;

    @Override
    public Integer call() throws IOException, InterruptedException {
        return AttemptRunner.runWithoutDevice("report", spec, this::report);
    }

    private boolean report(ClaimedAttempt attempt, Path scratch, StopSignal stop) throws IOException {
        long started = System.nanoTime();
        attempt.reports()
                .report(WorkerEvent.newBuilder()
                        .setStarted(WorkerStarted.newBuilder()
                                .setHost(InetAddress.getLocalHost().getHostName())
                                .setPid(ProcessHandle.current().pid())
                                .setDevice("cpu")));
        Runnable eachRow = () -> {
            if (stop.raised()) {
                throw new SectionRunner.Stopped();
            }
            attempt.progress().count();
        };
        ShardScan rows = new ShardScan(attempt.spec().getDatasetVersion(), attempt::open, eachRow);
        List<Section> sections = new ArrayList<>(Sections.all(
                scratch,
                Clock.fixed(RowTokenizer.templateTime(attempt.spec()), ZoneOffset.UTC),
                attempt.spec().getDatasetVersion().getName()));
        withBase(attempt, scratch, stop, rows, eachRow).ifPresent(sections::add);
        try {
            new SectionRunner(rows, new Reporter(attempt, scratch))
                    .run(sections, attempt.claimed().getReportSoFar());
        } catch (SectionRunner.Stopped stopped) {
            attempt.reports().report(WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance()));
            return false;
        }
        attempt.reports()
                .report(WorkerEvent.newBuilder()
                        .setReportFinished(
                                ReportFinished.newBuilder().setSeconds((System.nanoTime() - started) / 1e9)));
        return true;
    }

    private Optional<Section> withBase(
            ClaimedAttempt attempt, Path scratch, StopSignal stop, ShardScan rows, Runnable eachRow) {
        WorkerSpec given = attempt.spec();
        if (!given.hasBase()) {
            return Optional.empty();
        }
        boolean plain = given.getDatasetVersion().getRowFormat() == RowFormat.TEXT;
        EngineOptions options = machine.engine();
        BaseSection.Machine worker = new BaseSection.Machine() {
            @Override
            public Path fetchBase() {
                return new AttemptInputs(attempt).fetchBase(scratch);
            }

            @Override
            public AutoCloseable takeDevice() throws IOException {
                return AttemptRunner.takeDevice(attempt, stop).orElseThrow(SectionRunner.Stopped::new);
            }

            @Override
            public List<Double> knownLosses() {
                return attempt.claimed().getBaseLossesList();
            }

            @Override
            public void measured(List<Double> losses) {
                attempt.reports()
                        .report(WorkerEvent.newBuilder()
                                .setBaseLosses(BaseLosses.newBuilder().addAllLosses(losses)));
                losses.forEach(loss -> eachRow.run());
            }
        };
        return Optional.of(new BaseSection(
                rows,
                given.getBase(),
                new TrainedRendering(plain, Optional.of(RowTokenizer.templateTime(given))),
                options,
                worker));
    }

    /// Stores the files of each section, and reports it.
    private record Reporter(ClaimedAttempt attempt, Path scratch) implements SectionRunner.Listener {
        @Override
        public Path begins(ReportSection kind) throws IOException {
            attempt.progress().begin("making the section " + name(kind));
            return Files.createDirectories(scratch.resolve("sections").resolve(name(kind)));
        }

        @Override
        public void made(SuitabilityReport section, Path directory) throws IOException {
            attempt.reports()
                    .report(WorkerEvent.newBuilder()
                            .setReportProgress(ReportProgress.newBuilder()
                                    .setSection(section)
                                    .addAllFiles(attempt.upload(
                                            directory, directory.getFileName().toString()))));
            AttemptInputs.clear(directory);
            System.out.println("made the section " + directory.getFileName());
        }

        @Override
        public void failed(ReportSection kind, Throwable failure) {
            if (failure instanceof WorkerFailure told) {
                throw told;
            }
            System.err.println("section " + name(kind) + " failed:");
            failure.printStackTrace();
        }

        private static String name(ReportSection kind) {
            return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
