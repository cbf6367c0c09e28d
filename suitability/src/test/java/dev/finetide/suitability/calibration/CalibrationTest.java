package dev.finetide.suitability.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Makes the forecast of each task again, and holds it against the recorded bake-off. The log's table has the outcomes:
/// a rule or a limit that changes one of them shows it here.
class CalibrationTest {
    private static final Path LOG = Path.of("../benchmarks/log/2026-11-calibration.md");

    @TempDir
    Path scratch;

    static Stream<TrialTask> planted() throws IOException {
        return CalibrationTasks.planted().stream();
    }

    static Stream<TrialTask> real() throws IOException {
        List<TrialTask> tasks = CalibrationTasks.real();
        if (tasks.isEmpty()) {
            System.out.println("skipped: the public datasets are not there");
            Assumptions.abort("no shared/data");
        }
        return tasks.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("planted")
    void theForecastOfAPlantedTaskIsTheLoggedOne(TrialTask task) throws IOException {
        assertThat(Files.readAllLines(LOG)).contains(CalibrationTable.line(task, BakeOff.recorded(), scratch));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("real")
    void theForecastOfARealTaskIsTheLoggedOne(TrialTask task) throws IOException {
        assertThat(Files.readAllLines(LOG)).contains(CalibrationTable.line(task, BakeOff.recorded(), scratch));
    }
}
