package dev.finetide.worker.report;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.WithBaseSection;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.SeenRow;
import dev.finetide.sft.text.Supervision;
import dev.finetide.sft.text.TrainedRendering;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.Shares;
import dev.finetide.suitability.SupervisionReports;
import dev.finetide.suitability.contents.SizeSketch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Measures rows as one base reads them: tokens, rows beyond its context, the proof of supervision, and
/// the loss of the untrained base.
public final class BaseSection implements Section {
    private static final String TOKENIZER = "tokenizer.json";
    private static final String TOKENS = "tokens, supervision and loss";
    private static final String LOSS = "loss of the untrained base";
    private static final String TRAIN = "train";
    private static final int KEPT_SIZES = 2_000;

    /// Gives what the worker has.
    public interface Machine {
        /// Fetches the base's files.
        Path fetchBase();

        /// Waits for the device.
        ///
        /// @throws SectionRunner.Stopped if the worker was told to stop
        AutoCloseable takeDevice() throws IOException;

        /// Returns the losses that earlier attempts have measured, in the order in which they were.
        List<Double> knownLosses();

        /// Keeps the losses of further rows for the next attempt.
        ///
        /// @throws SectionRunner.Stopped if the worker was told to stop
        void measured(List<Double> losses);
    }

    private final ShardScan rows;
    private final Base base;
    private final TrainedRendering rendering;
    private final EngineOptions options;
    private final Machine machine;

    public BaseSection(ShardScan rows, Base base, TrainedRendering rendering, EngineOptions options, Machine machine) {
        this.rows = rows;
        this.base = base;
        this.rendering = rendering;
        this.options = options;
        this.machine = machine;
    }

    @Override
    public ReportSection kind() {
        return ReportSection.WITH_BASE;
    }

    @Override
    public void measure(RowScan scan, FoundRows found, SuitabilityReport.Builder report) throws IOException {
        report.getWithBaseBuilder().setBase(base.getName());
        if (base.getFilesList().stream().noneMatch(file -> file.getPath().equals(TOKENIZER))) {
            unmeasured(report, TOKENS, base.getName() + " has no " + TOKENIZER);
            return;
        }
        Path directory = machine.fetchBase();
        BaseLoss loss = new BaseLoss(Math.max(1, rows.rows(TRAIN)));
        try (BaseText text = BaseText.load(directory, rendering)) {
            readRows(text, loss, found, report.getWithBaseBuilder());
        } catch (ModelFormatException | RowRefused unusable) {
            unmeasured(report, TOKENS, String.valueOf(unusable.getMessage()));
            return;
        }
        measureLoss(directory, loss, found, report);
    }

    private void readRows(BaseText text, BaseLoss loss, FoundRows found, WithBaseSection.Builder section)
            throws IOException {
        section.setContextTokens(text.context());
        long beyond = 0;
        long all = 0;
        for (String split : rows.splits()) {
            Supervision supervision = new Supervision();
            SizeSketch tokens = new SizeSketch(KEPT_SIZES);
            SizeSketch learnt = new SizeSketch(KEPT_SIZES);
            long[] longer = {0};
            rows.readSourced(split, (row, source) -> {
                SeenRow seen = text.encoder().see(row.row());
                supervision.add(seen, source);
                if (split.equals(TRAIN)) {
                    loss.see(row, seen);
                }
                if (seen.tokens().isPresent()) {
                    int length = seen.tokens().get().length();
                    tokens.add(length);
                    learnt.add(seen.tokens().get().supervisedTokens());
                    if (length > text.context()) {
                        longer[0]++;
                        found.add(beyondContext(row, length));
                    }
                }
            });
            beyond += longer[0];
            all += supervision.rows();
            section.addSupervision(SupervisionReports.of(supervision)
                    .setBase(base.getName())
                    .setSplit(split)
                    .setTemplateDigest(text.digest()));
            if (!tokens.isEmpty()) {
                section.addSplitsBuilder()
                        .setSplit(split)
                        .setTokens(tokens.distribution())
                        .setLearntTokens(learnt.distribution());
            }
        }
        if (all > 0) {
            section.setBeyondContext(Shares.of(beyond, all));
        }
    }

    private static RowFound beyondContext(ReportRow row, int length) {
        return RowFound.newBuilder()
                .setKind(FoundKind.BEYOND_CONTEXT)
                .setSplit(row.split())
                .setNumber(row.number())
                .setId(row.id())
                .setValue(length)
                .build();
    }

    private void measureLoss(Path directory, BaseLoss loss, FoundRows found, SuitabilityReport.Builder report)
            throws IOException {
        if (loss.isEmpty()) {
            unmeasured(report, LOSS, "no row of train has a learnt part that the base can read");
            return;
        }
        try (AutoCloseable _ = machine.takeDevice();
                CausalLm model = CausalLm.load(directory, options)) {
            loss.measure(model, machine, report.getWithBaseBuilder(), found);
        } catch (ModelFormatException | IllegalArgumentException unusable) {
            unmeasured(report, LOSS, String.valueOf(unusable.getMessage()));
            return;
        } catch (IOException | RuntimeException failure) {
            throw failure;
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
        if (!loss.left().isEmpty()) {
            unmeasured(report, LOSS + " of every row", loss.left());
        }
    }

    private static void unmeasured(SuitabilityReport.Builder report, String what, String why) {
        report.addUnmeasured(SectionRunner.unmeasured(ReportSection.WITH_BASE, what, why));
    }
}
