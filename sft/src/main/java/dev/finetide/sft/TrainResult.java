package dev.finetide.sft;

import dev.finetide.modelfiles.TensorType;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.lora.PeftAdapter;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.train.BestSoFar;
import dev.finetide.sft.train.Spent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/// The result of a run. The trained weights are the base's own (full fine-tuning) or an adapter's (LoRA). Both live
/// as long as the base is open.
public final class TrainResult {
    private final CausalLm base;
    private final Optional<LoraShape> lora;
    private final Parameters trained;
    private final double finalLoss;
    private final int steps;
    private final Spent spent;
    private final Outcome outcome;
    private final BestSoFar validation;
    private final int resultStep;

    /// The ways in which a run ends.
    public enum Outcome {
        /// Every step was done.
        FINISHED,
        /// The validation loss had stopped falling.
        STOPPED_EARLY,
        /// The run was told to stop; the next attempt continues from its checkpoint.
        INTERRUPTED
    }

    TrainResult(
            CausalLm base,
            Optional<LoraShape> lora,
            Parameters trained,
            double finalLoss,
            int steps,
            Spent spent,
            Outcome outcome,
            BestSoFar validation,
            int resultStep) {
        this.base = base;
        this.lora = lora;
        this.trained = trained;
        this.finalLoss = finalLoss;
        this.steps = steps;
        this.spent = spent;
        this.outcome = outcome;
        this.validation = validation;
        this.resultStep = resultStep;
    }

    /// Returns the loss of the last step, NaN when no step was done.
    public double finalLoss() {
        return finalLoss;
    }

    /// Returns the number of steps, with those of earlier attempts.
    public int steps() {
        return steps;
    }

    /// Returns the number of tokens of all steps, without padding, with those of earlier attempts.
    public long tokens() {
        return spent.tokens();
    }

    /// Returns the time that all steps took, in seconds, with those of earlier attempts.
    public double seconds() {
        return spent.seconds();
    }

    /// Whether the run was told to stop before its end. The next attempt continues from the checkpoint.
    public boolean interrupted() {
        return outcome == Outcome.INTERRUPTED;
    }

    public Outcome outcome() {
        return outcome;
    }

    /// The best evaluation on the held-out rows; [BestSoFar#NONE] when there was none.
    public BestSoFar validation() {
        return validation;
    }

    /// Returns the step whose weights are the result: the last one, or the best.
    public int resultStep() {
        return resultStep;
    }

    public Parameters trained() {
        return trained;
    }

    /// Writes a PEFT adapter (LoRA) or a Hugging Face model directory with fp32 weights (full).
    ///
    /// @param baseName name of the base that an adapter records
    public void save(Path out, String baseName) {
        save(out, baseName, baseName, TensorType.F32);
    }

    /// Writes the result as [#save(Path, String)] does.
    ///
    /// @param origin name by which others can open the base
    /// @param ownName Finetide's name of the base
    public void save(Path out, String origin, String ownName) {
        save(out, origin, ownName, TensorType.F32);
    }

    /// Writes the result as [#save(Path, String)] does.
    ///
    /// @param type number format of a full model's weights, F32 or BF16; adapters are always F32
    public void save(Path out, String baseName, TensorType type) {
        save(out, baseName, baseName, type);
    }

    private void save(Path out, String origin, String ownName, TensorType type) {
        try {
            if (lora.isPresent()) {
                PeftAdapter.write(
                        out,
                        base.config(),
                        lora.get(),
                        trained,
                        new PeftAdapter.TrainedOn(
                                origin,
                                ownName,
                                base.templateDigest(),
                                base.endTokens(),
                                base.rendering().metadata(base.chatTemplate())));
            } else {
                base.save(out, type);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
