package dev.finetide.worker.evaluate;

import dev.finetide.sft.Adapter;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.TrainedRendering;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// The model of one arm, loaded and switched on: the base alone, the base with an adapter, or a full
/// model of its own. A trained model is asked as it was trained: it says itself how its rows became
/// text.
final class AskedModel implements AutoCloseable {
    private final CausalLm base;
    private final CausalLm lm;
    private final Optional<Adapter> adapter;
    private final RowEncoder encoder;

    private AskedModel(CausalLm base, CausalLm lm, Optional<Adapter> adapter, TrainedRendering rendering) {
        this.base = base;
        this.lm = lm;
        this.adapter = adapter;
        this.encoder = new RowEncoder(
                lm.tokenizer(),
                rendering.template(lm.chatTemplate()),
                lm.config().maxPositions());
    }

    /// Takes the base alone. Its rows become text as the evaluation's settings say.
    static AskedModel base(CausalLm base) {
        return new AskedModel(base, base, Optional.empty(), base.rendering());
    }

    /// Attaches an adapter to the base.
    ///
    /// @param now time that chat templates see as now, unless the adapter was trained at another one
    static AskedModel adapter(CausalLm base, Path directory, Instant now) {
        Adapter adapter = base.attach(directory);
        try {
            adapter.requireTemplate();
            return new AskedModel(base, base, Optional.of(adapter), at(adapter.rendering(), now));
        } catch (RuntimeException e) {
            adapter.close();
            throw e;
        }
    }

    /// Takes a full model, which this object closes.
    static AskedModel full(CausalLm base, CausalLm full, Instant now) {
        try {
            return new AskedModel(base, full, Optional.empty(), at(full.rendering(), now));
        } catch (RuntimeException e) {
            full.close();
            throw e;
        }
    }

    private static TrainedRendering at(TrainedRendering trained, Instant now) {
        return new TrainedRendering(
                trained.plainText(), Optional.of(trained.templateTime().orElse(now)));
    }

    CausalLm lm() {
        return lm;
    }

    /// Returns the encoder of questions, which accepts rows as long as the model's context.
    RowEncoder encoder() {
        return encoder;
    }

    boolean isBase() {
        return lm == base && adapter.isEmpty();
    }

    /// Counts the modules that the adapter changes; 0 without one.
    int adaptedModules() {
        return adapter.map(Adapter::moduleCount).orElse(0);
    }

    /// Computes the largest absolute difference between this model's logits and the base's after the
    /// same prompt; 0 for the base itself, and no number where the base cannot read the prompt because
    /// it has other tokens.
    ///
    /// @param prompt token ids
    double logitChange(int[] prompt) {
        if (isBase()) {
            return 0;
        }
        if (prompt.length > base.config().maxPositions()
                || lm.config().vocab() != base.config().vocab()) {
            return Double.NaN;
        }
        float[] mine = lm.firstLogits(prompt);
        adapter.ifPresent(Adapter::off);
        float[] others = base.firstLogits(prompt);
        adapter.ifPresent(Adapter::on);
        double change = 0;
        for (int i = 0; i < Math.min(mine.length, others.length); i++) {
            change = Math.max(change, Math.abs(mine[i] - others[i]));
        }
        return change;
    }

    @Override
    public void close() {
        adapter.ifPresent(Adapter::close);
        if (lm != base) {
            lm.close();
        }
    }
}
