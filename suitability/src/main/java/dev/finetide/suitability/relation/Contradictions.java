package dev.finetide.suitability.relation;

import dev.finetide.metrics.Task;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.Shares;
import dev.finetide.suitability.sample.RowSample;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Finds rows whose question stands in the train split again with another answer ([AnswerForms]): equal questions,
/// and near ones ([AskedWords]).
public final class Contradictions implements Section {
    private static final String WHAT = "contradictions";
    private static final int MOST_EXAMPLES = 20;

    private final TrainRows train;

    public Contradictions(TrainRows train) {
        this.train = train;
    }

    @Override
    public ReportSection kind() {
        return ReportSection.CONTRADICTIONS;
    }

    @Override
    public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException {
        NotMeasured notMeasured = new NotMeasured(kind(), report);
        Optional<String> split = RowSample.learnt(rows);
        QuestionIndex index = split.isEmpty() ? new QuestionIndex(1) : train.index(rows, split.get(), report);
        if (index.size() == 0) {
            notMeasured.add(WHAT, "no row to learn from has a question and an answer");
            return;
        }
        Task task = train.sample().task(rows, report);
        if (index.size() < index.rows()) {
            notMeasured.add(
                    WHAT,
                    String.format(
                            Locale.ROOT,
                            "%,d of %,d rows were compared, all rows of each question that was drawn",
                            index.size(),
                            index.rows()));
        }
        ContradictingRows contradicting = new ContradictingRows(index, new AnswerForms(task));
        contradicting.find(rows, split.get());
        if (contradicting.leftOut() > 0) {
            notMeasured.add(
                    WHAT,
                    String.format(
                            Locale.ROOT,
                            "%,d rows with a question that stands twice were not compared: too many texts",
                            contradicting.leftOut()));
        }
        List<RowFound> examples = contradicting.writeTo(found, split.get(), MOST_EXAMPLES);
        report.getContradictionsBuilder()
                .setEqual(Shares.of(contradicting.equalRows(), index.size()))
                .setNear(Shares.of(contradicting.nearRows(), index.size()))
                .addAllExamples(examples);
        contradicting
                .rewordedRows()
                .ifPresent(
                        reworded -> report.getContradictionsBuilder().setReworded(Shares.of(reworded, index.size())));
    }
}
