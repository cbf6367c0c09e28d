package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import dev.finetide.proto.work.v1.State;
import io.grpc.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// All updates that an ended run sent to its watchers.
record TrainingUpdates(List<TrainingRunUpdate> all) {
    static TrainingUpdates of(Channel trainingService, String run) {
        List<TrainingRunUpdate> updates = new ArrayList<>();
        TrainingRunServiceGrpc.newBlockingStub(trainingService)
                .watchTrainingRun(
                        WatchTrainingRunRequest.newBuilder().setName(run).build())
                .forEachRemaining(updates::add);
        return new TrainingUpdates(updates);
    }

    /// Returns as soon as the service knows a step of the run, while the run goes on. A command line that asks again
    /// and again takes a second each time, in which a fast worker computes many steps.
    static void awaitStep(Channel trainingService, String run, int step) {
        Iterator<TrainingRunUpdate> updates = TrainingRunServiceGrpc.newBlockingStub(trainingService)
                .withDeadlineAfter(Duration.ofMinutes(10))
                .watchTrainingRun(
                        WatchTrainingRunRequest.newBuilder().setName(run).build());
        while (updates.hasNext()) {
            if (updates.next().getProgress().getStep() >= step) {
                return;
            }
        }
        throw new AssertionError(run + " ended before step " + step);
    }

    /// Verifies that the updates are one unbroken sequence that ends in success once, that every step is told, and that
    /// a step which was computed again after a checkpoint has the same loss.
    void verify(int steps) {
        assertThat(all.stream().map(TrainingRunUpdate::getSequence))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, all.size())
                        .mapToObj(Long::valueOf)
                        .toList());
        List<State> states = all.stream()
                .filter(TrainingRunUpdate::hasTrainingRun)
                .map(update -> update.getTrainingRun().getState())
                .toList();
        assertThat(states).contains(State.QUEUED, State.RUNNING);
        assertThat(states.stream().filter(State.SUCCEEDED::equals)).hasSize(1);
        assertThat(states.getLast()).isEqualTo(State.SUCCEEDED);
        Map<Integer, Set<Double>> losses = new TreeMap<>();
        all.stream()
                .filter(TrainingRunUpdate::hasProgress)
                .map(TrainingRunUpdate::getProgress)
                .forEach(progress -> losses.computeIfAbsent(progress.getStep(), step -> new HashSet<>())
                        .add(progress.getLoss()));
        assertThat(losses.keySet())
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, steps).boxed().toList());
        assertThat(losses.values()).allSatisfy(values -> assertThat(values).hasSize(1));
    }
}
