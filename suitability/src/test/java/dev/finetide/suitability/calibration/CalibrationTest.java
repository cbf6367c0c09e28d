package dev.finetide.suitability.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Makes the forecast of each small task again, and holds it against the recorded bake-off. The log's table has the
/// outcomes: a rule or a limit that changes one of them shows it here.
class CalibrationTest {
    private static final Path LOG = Path.of("../benchmarks/log/2026-11-calibration.md");

    /// Train rows up to which a task is forecast within a second, more or less.
    private static final int SMALL = 400;

    /// Parts of the calibration, and the forecasts that were right when their bake-offs were recorded: about training,
    /// and about the path.
    static Stream<Arguments> parts() throws IOException {
        List<CalibrationPart> parts = CalibrationPart.all();
        return Stream.of(
                Arguments.of(parts.get(0), 20, 15), Arguments.of(parts.get(1), 5, 6), Arguments.of(parts.get(2), 5, 7));
    }

    @TempDir
    Path scratch;

    @BeforeAll
    static void printWhatIsLeftOut() throws IOException {
        if (CalibrationTasks.real().isEmpty()) {
            System.out.println("left out: tasks from public datasets, which are not there");
        }
    }

    @ParameterizedTest
    @MethodSource("parts")
    void theForecastsAreTheLoggedOnes(CalibrationPart part, int right, int rightPaths) throws IOException {
        List<String> lines = part.tasks().parallelStream()
                .filter(task -> task.train().size() <= SMALL)
                .map(task -> CalibrationTable.line(task, part.recorded(), scratch))
                .toList();
        assertThat(part.section(Files.readAllLines(LOG))).containsAll(lines);
    }

    @ParameterizedTest
    @MethodSource("parts")
    void theRateHasNotFallenAndStandsInTheDocuments(CalibrationPart part, int right, int rightPaths)
            throws IOException {
        List<String> log = part.section(Files.readAllLines(LOG));
        OutcomeRate training = OutcomeRate.ofTraining(log);
        OutcomeRate path = OutcomeRate.ofPath(log);
        assertThat(training.right()).isGreaterThanOrEqualTo(right);
        assertThat(path.right()).isGreaterThanOrEqualTo(rightPaths);
        for (String document : List.of(LOG.toString(), "RATIONALE.md", "../docs/suitability.md")) {
            assertThat(Files.readString(Path.of(document))).as(document).contains(training.toString(), path.toString());
        }
    }
}
