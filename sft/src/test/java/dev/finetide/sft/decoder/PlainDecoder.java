package dev.finetide.sft.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.sft.lora.LoraShape;
import java.util.Map;

/// The same decoder and loss in DJL's own operators, as plainly as can be: one row at a time, every
/// head by itself. What the TorchScript programs are checked against.
final class PlainDecoder {
    private final ModelConfig config;
    private final Map<String, NDArray> weights;
    private final LoraShape lora;

    /// @param lora null for the base alone
    PlainDecoder(ModelConfig config, Map<String, NDArray> weights, LoraShape lora) {
        this.config = config;
        this.weights = weights;
        this.lora = lora;
    }

    /// Sum of the supervised tokens' negative log-likelihoods.
    NDArray loss(NDManager manager, int[] ids, boolean[] supervised) {
        NDArray logp_TV = logits(manager, ids).logSoftmax(-1);
        NDArray loss = manager.create(0f);
        for (int t = 1; t < ids.length; t++) {
            if (supervised[t]) {
                loss = loss.sub(logp_TV.get(t - 1).get(ids[t]));
            }
        }
        return loss;
    }

    NDArray logits(NDManager manager, int[] ids) {
        NDArray x_TD = weights.get("model.embed_tokens.weight").get(manager.create(ids));
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "model.layers." + layer + ".";
            NDArray n_TD = norm(x_TD, weights.get(block + "input_layernorm.weight"));
            x_TD = x_TD.add(linear(layer, "o_proj", attention(manager, layer, n_TD)));
            n_TD = norm(x_TD, weights.get(block + "post_attention_layernorm.weight"));
            NDArray gate_TF = linear(layer, "gate_proj", n_TD);
            NDArray silu_TF = gate_TF.div(gate_TF.neg().exp().add(1));
            x_TD = x_TD.add(linear(layer, "down_proj", silu_TF.mul(linear(layer, "up_proj", n_TD))));
        }
        NDArray head = weights.get(config.tiedHead() ? "model.embed_tokens.weight" : "lm_head.weight");
        return norm(x_TD, weights.get("model.norm.weight")).matMul(head.transpose());
    }

    private NDArray attention(NDManager manager, int layer, NDArray n_TD) {
        NDArray q = linear(layer, "q_proj", n_TD);
        NDArray k = linear(layer, "k_proj", n_TD);
        NDArray v = linear(layer, "v_proj", n_TD);
        int size = config.headSize();
        NDList heads = new NDList();
        for (int head = 0; head < config.heads(); head++) {
            int group = head / (config.heads() / config.kvHeads());
            NDArray q_TK = rotate(manager, columns(q, head * size, size));
            NDArray k_TK = rotate(manager, columns(k, group * size, size));
            NDArray scores_TT = q_TK.matMul(k_TK.transpose())
                    .mul(constant(manager, 1 / Math.sqrt(size)))
                    .add(later(manager, n_TD));
            heads.add(scores_TT.softmax(-1).matMul(columns(v, group * size, size)));
        }
        return NDArrays.concat(heads, -1);
    }

    /// DJL's `mul(Number)` frees the number's memory while the tape still refers to it; an array
    /// that its manager holds stays.
    private static NDArray constant(NDManager manager, double value) {
        return manager.create((float) value);
    }

    private static NDArray later(NDManager manager, NDArray n_TD) {
        int length = (int) n_TD.getShape().get(0);
        float[] mask = new float[length * length];
        for (int t = 0; t < length; t++) {
            for (int s = t + 1; s < length; s++) {
                mask[t * length + s] = Float.NEGATIVE_INFINITY;
            }
        }
        return manager.create(mask, new Shape(length, length));
    }

    private NDArray rotate(NDManager manager, NDArray x_TK) {
        int length = (int) x_TK.getShape().get(0);
        int half = config.headSize() / 2;
        float[] inverse = config.blocks().getFirst().rope().orElseThrow().inverseFrequencies(config.headSize());
        float[] cos = new float[length * half];
        float[] sin = new float[length * half];
        for (int i = 0; i < cos.length; i++) {
            float angle = (i / half) * inverse[i % half];
            cos[i] = (float) Math.cos(angle);
            sin[i] = (float) Math.sin(angle);
        }
        NDArray c = manager.create(cos, new Shape(length, half));
        NDArray s = manager.create(sin, new Shape(length, half));
        NDArray a = columns(x_TK, 0, half);
        NDArray b = columns(x_TK, half, half);
        return NDArrays.concat(new NDList(a.mul(c).sub(b.mul(s)), b.mul(c).add(a.mul(s))), -1);
    }

    private static NDArray columns(NDArray x, int first, int count) {
        return x.get(":, " + first + ":" + (first + count));
    }

    private NDArray norm(NDArray x_TD, NDArray weight_D) {
        NDArray meanSquare = x_TD.mul(x_TD).mean(new int[] {-1}, true);
        return x_TD.div(meanSquare.add(config.normEps()).sqrt()).mul(weight_D);
    }

    private NDArray linear(int layer, String name, NDArray x) {
        String path = WeightLayout.path(layer, name);
        NDArray y = x.matMul(weights.get(path + ".weight").transpose());
        if (lora == null || !lora.adapts(layer, name)) {
            return y;
        }
        NDArray a = weights.get("base_model.model." + path + ".lora_A.weight");
        NDArray b = weights.get("base_model.model." + path + ".lora_B.weight");
        return y.add(x.matMul(a.transpose()).matMul(b.transpose()).mul(constant(x.getManager(), lora.scale())));
    }
}
