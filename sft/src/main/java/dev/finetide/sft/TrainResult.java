package dev.finetide.sft;

import dev.finetide.sft.model.LoraShape;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.model.PeftAdapter;
import dev.finetide.sft.safetensors.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/// What a run ended with. The trained weights are the base's own (full fine-tuning) or an adapter's
/// (LoRA); both live as long as the base is open.
public final class TrainResult {
    private final CausalLm base;
    private final Optional<LoraShape> lora;
    private final Parameters trained;
    private final double finalLoss;
    private final int steps;
    private final long tokens;
    private final double seconds;
    private final boolean interrupted;

    TrainResult(
            CausalLm base,
            Optional<LoraShape> lora,
            Parameters trained,
            double finalLoss,
            int steps,
            long tokens,
            double seconds,
            boolean interrupted) {
        this.base = base;
        this.lora = lora;
        this.trained = trained;
        this.finalLoss = finalLoss;
        this.steps = steps;
        this.tokens = tokens;
        this.seconds = seconds;
        this.interrupted = interrupted;
    }

    /// Loss of the last step done, NaN when none was.
    public double finalLoss() {
        return finalLoss;
    }

    /// Steps done, with those of earlier attempts.
    public int steps() {
        return steps;
    }

    /// Tokens read by this attempt, without padding.
    public long tokens() {
        return tokens;
    }

    /// Duration of this attempt.
    public double seconds() {
        return seconds;
    }

    /// Whether the run was stopped before its last step; it continues from its checkpoint.
    public boolean interrupted() {
        return interrupted;
    }

    public Parameters trained() {
        return trained;
    }

    /// Writes a PEFT adapter (LoRA) or a Hugging Face model directory with fp32 weights (full).
    ///
    /// @param baseName what an adapter names as its base
    public void save(Path out, String baseName) {
        save(out, baseName, TensorType.F32);
    }

    /// As [#save(Path, String)].
    ///
    /// @param type number format of a full model's weights, F32 or BF16; adapters are always F32
    public void save(Path out, String baseName, TensorType type) {
        try {
            if (lora.isPresent()) {
                PeftAdapter.write(out, lora.get(), trained, baseName);
            } else {
                base.save(out, type);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
