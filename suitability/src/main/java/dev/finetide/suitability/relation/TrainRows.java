package dev.finetide.suitability.relation;

import dev.finetide.metrics.Task;
import dev.finetide.proto.dataset.v1.SuitabilityReportOrBuilder;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.sample.RowSample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// The rows that sections of one report share, so that each is read once: a sample with texts, and hashes of all.
/// Belongs to one report. Not thread-safe.
public final class TrainRows {
    private final RowSample sample;
    private final Path scratch;
    private QuestionIndex index;

    /// @param scratch folder of temporary files
    public TrainRows(Path scratch) {
        this(new RowSample(), scratch);
    }

    /// @param scratch folder of temporary files
    public TrainRows(RowSample sample, Path scratch) {
        this.sample = sample;
        this.scratch = scratch;
    }

    public RowSample sample() {
        return sample;
    }

    public Path scratch() {
        return scratch;
    }

    /// Returns hashes of the rows that would be learnt.
    ///
    /// @param split split that would be learnt
    QuestionIndex index(RowScan rows, String split, SuitabilityReportOrBuilder report) throws IOException {
        if (index == null) {
            Task task = sample.task(rows, report);
            // One scan serves both, unless the task had to be told by the sample.
            Optional<RowSample.Taking> taking = sample.taking(rows, split);
            index = QuestionIndex.of(
                    rows, split, new AnswerForms(task), row -> taking.ifPresent(sampled -> sampled.take(row)));
            taking.ifPresent(RowSample.Taking::finish);
        }
        return index;
    }

    /// Gives the memory of the hashes back.
    void forgetIndex() {
        index = null;
    }
}
