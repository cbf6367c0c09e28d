package dev.finetide.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.sft.Adapter;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.model.WeightFiles;
import dev.finetide.sft.torch.Precision;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Adds an adapter to its base and writes the result as a Hugging Face directory. Prints one JSON
/// object.
@Command(name = "merge", description = "Writes a base with an adapter added to it.")
final class MergeCommand implements Callable<Integer> {
    private enum Dtype {
        float32(TensorType.F32),
        bfloat16(TensorType.BF16);

        private final TensorType type;

        Dtype(TensorType type) {
            this.type = type;
        }
    }

    @Option(names = "--base", required = true, paramLabel = "DIR")
    private Path base;

    @Option(names = "--adapter", required = true, paramLabel = "DIR")
    private Path adapter;

    @Option(names = "--out", required = true, paramLabel = "DIR")
    private Path out;

    @Option(
            names = "--dtype",
            description = "of the written weights; bfloat16 where all of the base's are, else float32")
    private Optional<Dtype> dtype;

    @Mixin
    private MachineOptions machine;

    @Override
    public Integer call() throws JsonProcessingException {
        EngineOptions options = machine.engine().withPrecision(Precision.FP32);
        try (StopSignal _ = StopSignal.forWorkThatIsLost();
                CausalLm model = CausalLm.load(base, options)) {
            try (Adapter attached = model.attach(adapter)) {
                attached.requireTemplate();
                attached.merge();
            }
            Dtype written = dtype.orElseGet(this::dtypeOfBase);
            model.save(out, written.type);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("parameters", model.parameterCount());
            result.put("dtype", written);
            System.out.println(new ObjectMapper().writeValueAsString(result));
            return 0;
        } catch (ModelFormatException | IllegalArgumentException e) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, e.getMessage(), e);
        }
    }

    private Dtype dtypeOfBase() {
        try (WeightFiles files = WeightFiles.open(base)) {
            return files.areAll(TensorType.BF16) ? Dtype.bfloat16 : Dtype.float32;
        }
    }
}
