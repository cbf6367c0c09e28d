package dev.finetide.cli.base;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.CliRun;
import dev.finetide.cli.platform.Platform;
import dev.finetide.cli.platform.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseAddTest {
    @TempDir
    Path directory;

    private final Registry registry = new Registry();
    private Platform platform;

    @BeforeEach
    void start() throws IOException {
        platform = new Platform(registry);
        for (String file : new String[] {"config.json", "tokenizer.json", "model.safetensors", "stray.safetensors"}) {
            Files.writeString(directory.resolve(file), file);
        }
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void theOriginIsSentAndShown() {
        CliRun add = CliRun.against(platform, "base", "add", "tiny", directory.toString(), "--origin", "Org/Tiny-1.0");

        assertThat(add.exitCode()).as(add.err()).isZero();
        assertThat(add.out()).containsPattern("origin +Org/Tiny-1.0");
        assertThat(CliRun.against(platform, "base", "show", "tiny").out()).containsPattern("origin +Org/Tiny-1.0");
    }

    @Test
    void weightsThatAreNotOfTheModelAreNotSentAndTheUserIsTold() {
        CliRun add = CliRun.against(platform, "base", "add", "tiny", directory.toString());

        assertThat(add.exitCode()).as(add.err()).isZero();
        assertThat(add.err()).contains("not taken from " + directory + ": stray.safetensors");
        assertThat(registry.uploaded).containsExactlyInAnyOrder("config.json", "tokenizer.json", "model.safetensors");
    }
}
