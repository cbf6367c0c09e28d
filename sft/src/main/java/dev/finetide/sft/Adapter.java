package dev.finetide.sft;

import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.template.TemplateContract;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.lora.LoraMerge;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.lora.PeftAdapter;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.text.TrainedRendering;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// A LoRA adapter over a loaded base. While the adapter is on, it takes part in everything that the
/// base computes. Switching costs nothing and leaves the base's weights unchanged.
public final class Adapter implements AutoCloseable {
    private final CausalLm base;
    private final LoraShape shape;
    private final Map<String, String> metadata;
    private final PtNDManager manager;
    private final Parameters weights;
    private final DecoderProgram program;

    private Adapter(
            CausalLm base, LoraShape shape, Map<String, String> metadata, PtNDManager manager, Parameters weights) {
        this.base = base;
        this.shape = shape;
        this.metadata = metadata;
        this.manager = manager;
        this.weights = weights;
        this.program = DecoderProgram.forUse(manager, base.config(), Optional.of(shape), base.precision());
    }

    static Adapter load(CausalLm base, Path dir) {
        LoraShape shape = PeftAdapter.readShape(base.config(), dir);
        PtNDManager manager = base.manager().newSubManager(base.manager().getDevice());
        try {
            Parameters weights = PeftAdapter.readWeights(manager, base.config(), shape, dir);
            Adapter adapter = new Adapter(base, shape, PeftAdapter.readMetadata(dir), manager, weights);
            adapter.on();
            return adapter;
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /// Switches this adapter on, and any other of the same base off.
    public void on() {
        base.activate(Optional.of(this));
    }

    /// Adds this adapter to the base's weights permanently and switches the adapter off. The base
    /// alone then computes what base and adapter computed together. [CausalLm#save] writes the
    /// result.
    public void merge() {
        LoraMerge.merge(manager, shape, base.master(), weights);
        base.roundMaster();
        base.renderAs(rendering());
        off();
    }

    /// Switches this adapter off, so that the base computes alone.
    public void off() {
        if (base.active().equals(Optional.of(this))) {
            base.activate(Optional.empty());
        }
    }

    public LoraShape shape() {
        return shape;
    }

    /// Counts the linear layers of the base that this adapter changes.
    public int moduleCount() {
        return shape.modules().size();
    }

    /// Whether the base turns conversations into text as it did when this adapter was trained; true
    /// for an adapter without that information.
    public boolean fitsTemplate() {
        return PeftAdapter.templateDigest(metadata)
                .map(base.templateDigest()::equals)
                .orElse(true);
    }

    /// Refuses a base that turns conversations into other tokens than the base that this adapter
    /// was trained on.
    ///
    /// @throws dev.finetide.modelfiles.ModelFormatException naming both digests
    public void requireTemplate() {
        TemplateContract.require(
                PeftAdapter.templateDigest(metadata).orElse(""), "the adapter", base.templateDigest(), "the base");
    }

    /// Returns how rows became text when this adapter was trained.
    public TrainedRendering rendering() {
        return TrainedRendering.of(metadata);
    }

    public Parameters weights() {
        return weights;
    }

    DecoderProgram program() {
        return program;
    }

    @Override
    public void close() {
        off();
        program.close();
        manager.close();
    }
}
