package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Checks how checkpoints reach the disk, as the JDK's flight recorder saw it. Red if a checkpoint is
/// written in its own place, or if the flush of a file or of a directory is removed.
class CheckpointsOnDiskTest {
    @TempDir
    Path temp;

    private List<RecordedEvent> events(Runnable work) throws IOException {
        try (Recording recording = new Recording()) {
            for (String event : List.of("jdk.FileForce", "jdk.FileWrite")) {
                recording.enable(event).withThreshold(Duration.ZERO).withoutStackTrace();
            }
            recording.start();
            work.run();
            recording.stop();
            Path file = temp.resolve("events.jfr");
            recording.dump(file);
            // The recorder gives events of several threads in any order.
            return RecordingFile.readAllEvents(file).stream()
                    .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                    .toList();
        }
    }

    private List<String> paths(List<RecordedEvent> events, String type, Path below) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(type))
                .map(event -> event.getString("path"))
                .filter(path -> path != null && path.startsWith(below.toString()))
                .map(path -> below.relativize(Path.of(path)).toString())
                .toList();
    }

    @Test
    void aCheckpointIsWrittenAsideFlushedAndThenRenamed() throws IOException {
        Path checkpoints = temp.resolve("checkpoints");
        SftConfig config = SftConfig.forLora()
                .learningRate(1e-2)
                .batchSize(6)
                .checkpointEverySteps(2)
                .saveTotalLimit(2)
                .build();
        List<RecordedEvent> events = new ArrayList<>();
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            events.addAll(events(() -> SftTrainer.train(lm, TinyModel.rows(20, 30), config, checkpoints, _ -> {})));
        }

        Path last;
        try (Stream<Path> left = Files.list(checkpoints)) {
            last = left.max(Path::compareTo).orElseThrow();
        }
        Set<String> files;
        try (Stream<Path> all = Files.list(last)) {
            files = all.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
        String aside =
                "." + last.getFileName() + ".tmp-" + ProcessHandle.current().pid();
        List<String> flushed = paths(events, "jdk.FileForce", checkpoints);
        assertThat(files).hasSize(5);
        assertThat(paths(events, "jdk.FileWrite", checkpoints))
                .isNotEmpty()
                .allMatch(path -> path.matches("\\.step-\\d+\\.tmp-\\d+/.*"), "written aside");
        for (String file : files) {
            assertThat(flushed)
                    .as("flushed before it has its name")
                    .contains(aside + "/." + file + ".tmp-"
                            + ProcessHandle.current().pid());
        }
        // After each file its directory, at the end the checkpoint's own, and the one that gives it its name.
        assertThat(flushed).filteredOn(aside::equals).hasSizeGreaterThan(files.size());
        assertThat(flushed.getLast()).isEmpty();
    }
}
