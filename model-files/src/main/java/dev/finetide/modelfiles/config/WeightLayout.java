package dev.finetide.modelfiles.config;

import dev.finetide.modelfiles.LinearLayers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The name table: every weight of a model under its Hugging Face name, with its shape, in the order in which
/// the program takes the weights.
public final class WeightLayout {
    /// The name of the embedding table.
    public static final String EMBEDDING = "model.embed_tokens.weight";

    private WeightLayout() {}

    /// A weight of a block.
    ///
    /// @param path its Hugging Face name below the block
    private record BlockWeight(String path, long[] shape) {}

    /// Returns the weights that each block has, in the order in which `decoder.py` takes them.
    private static List<BlockWeight> block(ModelConfig config) {
        boolean outputNorms = config.variant().outputNorms();
        List<BlockWeight> weights = new ArrayList<>();
        long[] d = {config.hidden()};
        weights.add(new BlockWeight("input_layernorm.weight", d));
        for (String linear : LinearLayers.NAMES) {
            if (linear.equals("o_proj") && config.variant().headNorms()) {
                weights.add(new BlockWeight("self_attn.q_norm.weight", new long[] {config.headSize()}));
                weights.add(new BlockWeight("self_attn.k_norm.weight", new long[] {config.headSize()}));
            }
            if (linear.equals("gate_proj") && outputNorms) {
                weights.add(new BlockWeight("post_attention_layernorm.weight", d));
                weights.add(new BlockWeight("pre_feedforward_layernorm.weight", d));
            } else if (linear.equals("gate_proj")) {
                weights.add(new BlockWeight("post_attention_layernorm.weight", d));
            }
            long[] outIn = linearShape(config, linear);
            weights.add(new BlockWeight(module(linear) + ".weight", outIn));
            if (config.variant().biased().contains(linear)) {
                weights.add(new BlockWeight(module(linear) + ".bias", new long[] {outIn[0]}));
            }
        }
        if (outputNorms) {
            weights.add(new BlockWeight("post_feedforward_layernorm.weight", d));
        }
        return weights;
    }

    /// Returns the number of elements of a base; a tied head counts once.
    public static long elements(ModelConfig config) {
        return base(config).values().stream()
                .mapToLong(shape -> Arrays.stream(shape).reduce(1, Math::multiplyExact))
                .sum();
    }

    /// Returns name and shape of every base weight: embedding, the blocks one after the other, last norm, and
    /// the head unless it is tied.
    public static Map<String, long[]> base(ModelConfig config) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(EMBEDDING, new long[] {config.vocab(), config.hidden()});
        List<BlockWeight> block = block(config);
        for (int layer = 0; layer < config.layers(); layer++) {
            for (BlockWeight weight : block) {
                shapes.put("model.layers." + layer + "." + weight.path, weight.shape);
            }
        }
        shapes.put("model.norm.weight", new long[] {config.hidden()});
        if (!config.tiedHead()) {
            shapes.put(WeightHeaders.HEAD, new long[] {config.vocab(), config.hidden()});
        }
        return shapes;
    }

    /// Returns `[out, in]` of a linear layer.
    public static long[] linearShape(ModelConfig config, String linear) {
        long d = config.hidden();
        long queries = (long) config.heads() * config.headSize();
        long keys = (long) config.kvHeads() * config.headSize();
        return switch (linear) {
            case "q_proj" -> new long[] {queries, d};
            case "k_proj", "v_proj" -> new long[] {keys, d};
            case "o_proj" -> new long[] {d, queries};
            case "gate_proj", "up_proj" -> new long[] {config.intermediate(), d};
            case "down_proj" -> new long[] {d, config.intermediate()};
            default -> throw new IllegalArgumentException("no linear layer is called " + linear);
        };
    }

    /// Returns the name of a linear layer's module in Hugging Face's models.
    public static String path(int layer, String linear) {
        return "model.layers." + layer + "." + module(linear);
    }

    private static String module(String linear) {
        return (linear.matches("[qkvo]_proj") ? "self_attn." : "mlp.") + linear;
    }
}
