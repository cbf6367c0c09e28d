package dev.finetide.cli.demo;

import dev.finetide.cli.JsonOutputTest;
import dev.finetide.cli.platform.FilledAnswers;
import dev.finetide.cli.run.RunOutcome;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingRun;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DemoReportTest {
    @Test
    void theReportHasTheNamesAndNumbersOfOtherCommands() {
        RunOutcome outcome = new RunOutcome(
                (TrainingRun) FilledAnswers.filled(TrainingRun.getDefaultInstance()),
                Optional.of((Evaluation) FilledAnswers.filled(Evaluation.getDefaultInstance())),
                Optional.of((ModelVersion) FilledAnswers.filled(ModelVersion.getDefaultInstance())));
        JsonOutputTest.check(new DemoReport(60, outcome, Optional.of(Path.of("adapter"))).toJson(), "demo");
    }
}
