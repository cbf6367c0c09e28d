package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A run fails by name when the blob store's file system is too small for a checkpoint. Only root may mount such a file
/// system; the test is skipped, with a line that says so, where the mount is refused.
class FullDiskIT {
    private static final Path DEMO = Finetide.HOME.resolve("demo");

    /// The size of the blob store: the demo's base takes 4 MB, a checkpoint of its full fine-tuning 18 MB.
    private static final String TOO_SMALL = "size=12m";

    private static final String[] TRAIN = {
        "run",
        "create",
        "--base",
        "small",
        "--dataset",
        "tickets",
        "--method",
        "full",
        "--max-steps",
        "4",
        "--batch-size",
        "4",
        "--checkpoint-every",
        "2",
        "--eval-max-rows",
        "2",
        "--wait",
        "-o",
        "json"
    };

    @TempDir
    Path directory;

    private Path blobs;

    @BeforeEach
    void mount() throws Exception {
        blobs = Files.createDirectories(directory.resolve("data/blobs"));
        boolean mounted = mount("-t", "tmpfs", "-o", TOO_SMALL, "none", blobs.toString());
        if (!mounted) {
            System.out.println("FullDiskIT skipped: this user may not mount a tmpfs");
        }
        assumeTrue(mounted, "may not mount a tmpfs");
    }

    @AfterEach
    void unmount() throws Exception {
        command("umount", blobs.toString());
    }

    @Test
    void aCheckpointWithoutSpaceFailsTheRunByNameAndTheStackGoesOn() throws Exception {
        try (RunningStack stack = RunningStack.start(directory)) {
            Finetide finetide = stack.finetide();
            Path rows = directory.resolve("rows.jsonl");
            try (Stream<String> lines = Files.lines(DEMO.resolve("support-desk/train.jsonl"))) {
                Files.write(rows, lines.limit(40).toList());
            }
            finetide.ok("dataset", "push", "tickets", rows.toString());
            finetide.ok("base", "add", "small", DEMO.resolve("base").toString());

            Finetide.Result full = finetide.run(TRAIN);

            assertThat(full.exitCode()).isEqualTo(1);
            JsonNode error =
                    new ObjectMapper().readTree(full.out()).path("trainingRun").path("error");
            assertThat(error.path("reason").asText()).isEqualTo("STORAGE_FULL");
            assertThat(error.path("message").asText())
                    .as("before its first step, by the checkpoint that is stored for the estimate")
                    .contains("no checkpoint can be stored: no space left for blob")
                    .contains(blobs.toString());

            assertThat(mount("-o", "remount,size=200m", blobs.toString())).isTrue();
            Finetide.Result enough = finetide.run(TRAIN);

            JsonNode run = new ObjectMapper().readTree(enough.out()).path("trainingRun");
            assertThat(run.path("state").asText()).as("%s", enough).isEqualTo("SUCCEEDED");
        }
    }

    private static boolean mount(String... arguments) throws IOException, InterruptedException {
        return command(Stream.concat(Stream.of("mount"), Stream.of(arguments)).toArray(String[]::new));
    }

    private static boolean command(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false; // no such program on this system
        }
    }
}
