package dev.finetide.suitability.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Makes the forecast of each small task again, and holds it against the recorded bake-off. The log's table has the
/// outcomes: a rule or a limit that changes one of them shows it here.
class CalibrationTest {
    private static final Path LOG = Path.of("../benchmarks/log/2026-11-calibration.md");

    /// Train rows up to which a task is forecast within a second, more or less.
    private static final int SMALL = 400;

    /// Forecasts that were right when the bake-offs were recorded: about training, and about the path.
    private static final int RIGHT = 18;

    private static final int RIGHT_PATHS = 12;

    @TempDir
    Path scratch;

    private List<String> lines(List<TrialTask> tasks) throws IOException {
        Map<String, BakeOff> recorded = BakeOff.recorded();
        return tasks.parallelStream()
                .filter(task -> task.train().size() <= SMALL)
                .map(task -> CalibrationTable.line(task, recorded, scratch))
                .toList();
    }

    @Test
    void theForecastsOfPlantedTasksAreTheLoggedOnes() throws IOException {
        assertThat(Files.readAllLines(LOG)).containsAll(lines(CalibrationTasks.planted()));
    }

    @Test
    void theForecastsOfRealTasksAreTheLoggedOnes() throws IOException {
        List<TrialTask> tasks = CalibrationTasks.real();
        if (tasks.isEmpty()) {
            System.out.println("skipped: the public datasets are not there");
            Assumptions.abort("no shared/data");
        }
        assertThat(Files.readAllLines(LOG)).containsAll(lines(tasks));
    }

    @Test
    void theRateHasNotFallenAndStandsInTheDocuments() throws IOException {
        List<String> log = Files.readAllLines(LOG);
        OutcomeRate training = OutcomeRate.ofTraining(log);
        OutcomeRate path = OutcomeRate.ofPath(log);
        assertThat(training.right()).isGreaterThanOrEqualTo(RIGHT);
        assertThat(path.right()).isGreaterThanOrEqualTo(RIGHT_PATHS);
        for (String document : List.of(LOG.toString(), "RATIONALE.md", "../docs/suitability.md")) {
            assertThat(Files.readString(Path.of(document))).as(document).contains(training.toString(), path.toString());
        }
    }
}
