package dev.finetide.cli.run;

import dev.finetide.cli.eval.ReportPage;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.Optional;

/// A run with all that a comparison needs.
///
/// @param curve      losses of an ended run; none while the run goes on
/// @param evaluation the run's evaluation, if there is one
record ComparedRun(TrainingRun run, LossCurve curve, Optional<Evaluation> evaluation) {
    /// Returns the numbers of the run's result.
    Optional<ArmReport> result() {
        return evaluation.filter(Evaluation::hasReport).flatMap(found -> ReportPage.tuned(found.getReport()));
    }
}
