package dev.finetide.registry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Makes safetensors files for tests.
final class Safetensors {
    private Safetensors() {}

    /// Makes the smallest Llama: its config names an end token.
    ///
    /// @param vocab number of tokens, which gives the embedding its size
    static String config(int vocab) {
        return """
                {"model_type": "llama", "vocab_size": %d, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
                 "num_attention_heads": 2, "num_key_value_heads": 1, "tie_word_embeddings": true, "eos_token_id": 1}
                """.formatted(vocab);
    }

    /// Makes the weights of [#config], all zero.
    static byte[] weights(int vocab) {
        Map<String, int[]> shapes = new LinkedHashMap<>();
        shapes.put("model.embed_tokens.weight", new int[] {vocab, 8});
        String layer = "model.layers.0.";
        for (String norm : List.of("input_layernorm", "post_attention_layernorm")) {
            shapes.put(layer + norm + ".weight", new int[] {8});
        }
        shapes.put(layer + "self_attn.q_proj.weight", new int[] {8, 8});
        shapes.put(layer + "self_attn.k_proj.weight", new int[] {4, 8});
        shapes.put(layer + "self_attn.v_proj.weight", new int[] {4, 8});
        shapes.put(layer + "self_attn.o_proj.weight", new int[] {8, 8});
        for (String linear : List.of("gate_proj", "up_proj", "down_proj")) {
            shapes.put(layer + "mlp." + linear + ".weight", new int[] {8, 8});
        }
        shapes.put("model.norm.weight", new int[] {8});
        return file(shapes);
    }

    /// Makes a file of F32 tensors, all zero.
    static byte[] file(Map<String, int[]> shapes) {
        List<String> tensors = new ArrayList<>();
        int at = 0;
        for (Map.Entry<String, int[]> shape : shapes.entrySet()) {
            int end = at + 4 * Arrays.stream(shape.getValue()).reduce(1, Math::multiplyExact);
            tensors.add("\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                    .formatted(shape.getKey(), Arrays.toString(shape.getValue()), at, end));
            at = end;
        }
        return file("{" + String.join(",", tensors) + "}", at);
    }

    /// Makes a file.
    ///
    /// @param header header as JSON
    /// @param data   bytes after the header
    static byte[] file(String header, int data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }
}
