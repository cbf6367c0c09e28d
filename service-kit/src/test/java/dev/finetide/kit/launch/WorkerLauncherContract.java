package dev.finetide.kit.launch;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.launch.WorkerLauncher.WorkerExit;
import dev.finetide.proto.worker.v1.TrainTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// The behaviour of a launcher that main-path classes rely on.
abstract class WorkerLauncherContract {
    static final String RUN = "projects/default/trainingRuns/run-1";
    final List<WorkerExit> exits = new CopyOnWriteArrayList<>();

    /// Returns a launcher whose workers run until they are stopped or asked to exit.
    abstract WorkerLauncher launcher() throws Exception;

    /// Returns how many processes were started for the attempt.
    abstract int starts(int attempt) throws Exception;

    /// Lets the attempt's worker end by itself.
    abstract void end(int attempt, int exitCode) throws Exception;

    /// Returns the same launcher after its service was restarted.
    abstract WorkerLauncher restarted() throws Exception;

    @Test
    void launchingAgainChangesNothing() throws Exception {
        WorkerLauncher launcher = launcher();
        launcher.launch(spec(1));
        launcher.launch(spec(1));
        assertThat(starts(1)).isEqualTo(1);
        assertThat(exits).isEmpty();
    }

    @Test
    void anExitIsToldWithItsCode() throws Exception {
        WorkerLauncher launcher = launcher();
        launcher.launch(spec(1));
        end(1, 65);
        awaitExit(new WorkerExit(RUN, 1, OptionalInt.of(65)));
    }

    @Test
    void aRestartedServiceFindsItsWorkerAgain() throws Exception {
        launcher().launch(spec(1));
        WorkerLauncher again = restarted();
        exits.clear();
        again.launch(spec(1));
        assertThat(starts(1)).isEqualTo(1);
        assertThat(exits).isEmpty();
        end(1, 0);
        await().untilAsserted(
                        () -> assertThat(exits).extracting(WorkerExit::attempt).contains(1));
    }

    @Test
    void aWorkerThatEndedMeanwhileIsTold() throws Exception {
        launcher().launch(spec(1));
        end(1, 0);
        await().untilAsserted(() -> assertThat(exits).hasSize(1));
        exits.clear();
        restarted().launch(spec(1));
        // A child's exit code is lost with its parent; a cluster still knows it.
        await().untilAsserted(() -> assertThat(exits).singleElement().satisfies(exit -> {
            assertThat(exit.attempt()).isEqualTo(1);
            assertThat(exit.exitCode().orElse(0)).isZero();
        }));
        assertThat(starts(1)).isEqualTo(1);
    }

    @Test
    void stoppingWhatIsGoneTellsItsExit() throws Exception {
        launcher().stop(RUN, 7);
        awaitExit(new WorkerExit(RUN, 7, OptionalInt.empty()));
    }

    private void awaitExit(WorkerExit expected) {
        await().untilAsserted(() -> assertThat(exits).contains(expected));
    }

    static WorkerSpec spec(int attempt) {
        return WorkerSpec.newBuilder()
                .setResource(RUN)
                .setAttempt(attempt)
                .setTrain(TrainTask.getDefaultInstance())
                .build();
    }
}
