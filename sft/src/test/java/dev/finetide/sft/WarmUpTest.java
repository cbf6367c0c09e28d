package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
    private static final String READY = "ready";

    @TempDir
    Path temp;

    /// In a JVM of its own, where oneDNN tells what it compiles.
    @Test
    void everyKernelIsThereBeforeTheRun() throws IOException, InterruptedException {
        assumeThat(TorchRuntime.multipliesInBfloat16(Device.cpu()))
                .as("this processor multiplies in bf16, where oneDNN computes even a tiny model")
                .isTrue();
        List<String> lines = OwnJvm.run(Map.of("ONEDNN_VERBOSE", "profile_create"), Run.class, temp.toString());
        int ready = lines.indexOf(READY);
        assertThat(lines.subList(0, ready)).anyMatch(WarmUpTest::compiles);
        assertThat(lines.subList(ready, lines.size())).noneMatch(WarmUpTest::compiles);
    }

    private static boolean compiles(String line) {
        return line.contains("create:cache_miss");
    }

    /// Trains on rows of many lengths.
    static final class Run {
        public static void main(String[] arguments) {
            Path dir = Path.of(arguments[0]);
            EngineOptions options = EngineOptions.defaults().withThreads(2).withPrecision(Precision.BF16);
            List<TokenizedRow> rows = TinyModel.rows(200, 500);
            SftConfig config = SftConfig.forLora().batchSize(3).epochs(1).build();
            try (CausalLm lm = TinyModel.create(dir, options, 512);
                    SftTrainer trainer = SftTrainer.prepare(lm, rows, List.of(), config)) {
                System.out.println(READY);
                trainer.run(dir.resolve("checkpoints"), report -> {});
            }
        }
    }
}
