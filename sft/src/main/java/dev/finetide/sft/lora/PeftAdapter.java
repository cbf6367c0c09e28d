package dev.finetide.sft.lora;

import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.config.ConfigJson;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.file.AtomicFile;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;

/// A LoRA adapter on disk, exactly as Hugging Face PEFT writes and reads it: `adapter_config.json`,
/// `adapter_model.safetensors` and a model card. Settings that change the mathematics and are not
/// supported here are refused by name.
public final class PeftAdapter {
    static final String CONFIG = "adapter_config.json";
    static final String WEIGHTS = "adapter_model.safetensors";

    /// Entry of the weight file's `__metadata__`: digest of the template contract that the adapter was
    /// trained with. Older adapters have another entry, which cannot be compared.
    private static final String TEMPLATE = "finetide_template_contract";

    /// Entry of the weight file's `__metadata__`: Finetide's name of the base.
    private static final String BASE = "finetide_base";

    /// The base of an adapter, as the adapter's files name it.
    ///
    /// @param origin the base that PEFT is to load: a directory or a name on a model hub
    /// @param ownName Finetide's name of the base
    /// @param templateDigest digest of the base's template contract
    /// @param endTokens ids of the tokens that end an answer; empty if not known
    /// @param rendering entries of the weight file's `__metadata__` that say how rows became text
    public record TrainedOn(
            String origin,
            String ownName,
            String templateDigest,
            Set<Integer> endTokens,
            Map<String, String> rendering) {}

    /// Settings that must be absent, null, false or empty.
    private static final List<String> UNSUPPORTED = List.of(
            "fan_in_fan_out",
            "lora_bias",
            "modules_to_save",
            "trainable_token_indices",
            "layer_replication",
            "target_parameters",
            "use_qalora",
            "use_bdlora",
            "alora_invocation_tokens",
            "arrow_config",
            "kasa_config",
            "monteclora_config",
            "velora_config",
            "megatron_config");

    /// The kinds of initial weights that leave the base as it is, in addition to true and false.
    /// With all others PEFT changes the base, in most cases again at each load, so that the adapter
    /// does not fit the unchanged base.
    private static final Set<String> INITIAL = Set.of("gaussian", "eva", "orthogonal", "mica");

    private static final int MAX_RANK = 1 << 16;

    private PeftAdapter() {}

    /// Reads the shape of an adapter.
    ///
    /// @throws ModelFormatException naming the field when the adapter is of a kind that is not supported
    public static LoraShape readShape(ModelConfig base, Path dir) {
        ConfigJson config = ConfigJson.read(dir.resolve(CONFIG));
        if (!config.text("peft_type", "").equals("LORA")) {
            throw config.wrong("peft_type", "LORA");
        }
        config.onlySupported("bias", "none");
        for (String field : UNSUPPORTED) {
            JsonNode value = config.raw(field);
            boolean absent = value.isMissingNode() || value.isNull() || value.isBoolean() && !value.booleanValue();
            if (!absent && !(value.isContainerNode() && value.isEmpty())) {
                throw config.wrong(field, "nothing (it is not supported)");
            }
        }
        JsonNode initial = config.raw("init_lora_weights");
        if (config.has("init_lora_weights") && !initial.isBoolean() && !INITIAL.contains(initial.asText())) {
            throw config.wrong(
                    "init_lora_weights",
                    "true, false or one of " + new TreeSet<>(INITIAL)
                            + " (others change the base: save with PEFT's path_initial_model_for_weight_conversion)");
        }
        JsonNode dropout = config.raw("lora_dropout");
        Set<String> modules = AdapterModules.read(base, config);
        return new LoraShape(
                config.integer("r", 1, MAX_RANK, 8),
                config.positive("lora_alpha", 8),
                dropout.asDouble(0),
                config.flag("use_rslora", false),
                config.flag("use_dora", false),
                modules,
                byModule(config, "rank_pattern", modules, (field, key) -> field.integer(key, 1, MAX_RANK)),
                byModule(config, "alpha_pattern", modules, ConfigJson::positive));
    }

    /// Reads numbers for single modules. A field's keys are regular expressions for the ends of
    /// their paths; the first one that matches counts.
    private static <T> Map<String, T> byModule(
            ConfigJson config, String name, Set<String> modules, BiFunction<ConfigJson, String, T> number) {
        Map<String, T> numbers = new TreeMap<>();
        if (!config.has(name)) {
            return numbers;
        }
        ConfigJson field = config.object(name);
        field.raw().fieldNames().forEachRemaining(key -> {
            T value = number.apply(field, key);
            try {
                TargetModules.ending(key, modules).forEach(module -> numbers.putIfAbsent(module, value));
            } catch (IllegalArgumentException e) {
                throw config.wrong(name, "regular expressions for modules (" + e.getMessage() + ")");
            }
        });
        return numbers;
    }

    /// Reads the weights of an adapter, in fp32.
    ///
    /// @throws ModelFormatException naming the tensor when one is missing, surplus or of another
    ///     shape than the base needs
    public static Parameters readWeights(PtNDManager manager, ModelConfig base, LoraShape shape, Path dir) {
        Map<String, long[]> shapes = LoraWeights.shapes(base, shape);
        try (SafetensorsFile file = new SafetensorsFile(dir.resolve(WEIGHTS))) {
            for (String name : file.tensors().keySet()) {
                if (!shapes.containsKey(name)) {
                    throw new ModelFormatException(
                            file.path() + ": tensor \"" + name + "\" belongs to no layer of the base");
                }
            }
            return Parameters.load(manager, shapes, file);
        }
    }

    /// Reads the `__metadata__` of an adapter's weight file.
    public static Map<String, String> readMetadata(Path dir) {
        try (SafetensorsFile file = new SafetensorsFile(dir.resolve(WEIGHTS))) {
            return Map.copyOf(file.metadata());
        }
    }

    /// Returns the digest of the template contract that an adapter was trained with; empty for an
    /// adapter that is older than these digests, or that Finetide did not write.
    public static Optional<String> templateDigest(Map<String, String> metadata) {
        return Optional.ofNullable(metadata.get(TEMPLATE));
    }

    /// Writes the adapter.
    ///
    /// @param trainedOn the base
    public static void write(Path dir, ModelConfig base, LoraShape shape, Parameters weights, TrainedOn trainedOn)
            throws IOException {
        Files.createDirectories(dir);
        Map<String, String> metadata = new LinkedHashMap<>(trainedOn.rendering());
        metadata.put(TEMPLATE, trainedOn.templateDigest());
        metadata.put(BASE, trainedOn.ownName());
        weights.write(dir.resolve(WEIGHTS), TensorType.F32, metadata);
        String config = config(base, shape, trainedOn.origin()).toPrettyString() + "\n";
        AtomicFile.write(dir.resolve(CONFIG), temp -> Files.writeString(temp, config));
        String card = ModelCard.of(base, shape, trainedOn);
        AtomicFile.write(dir.resolve("README.md"), temp -> Files.writeString(temp, card));
    }

    private static ObjectNode config(ModelConfig base, LoraShape shape, String baseName) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("peft_type", "LORA")
                .put("task_type", "CAUSAL_LM")
                .put("base_model_name_or_path", baseName)
                .putNull("revision")
                .put("inference_mode", true)
                .put("r", shape.rank());
        if (shape.alpha() == Math.rint(shape.alpha())) {
            json.put("lora_alpha", (long) shape.alpha());
        } else {
            json.put("lora_alpha", shape.alpha());
        }
        json.put("lora_dropout", shape.dropout())
                .put("use_rslora", shape.rslora())
                .put("use_dora", shape.dora())
                .put("bias", "none")
                .put("fan_in_fan_out", false)
                .put("init_lora_weights", true);
        new TreeMap<>(shape.ranks()).forEach(json.putObject("rank_pattern")::put);
        new TreeMap<>(shape.alphas()).forEach(json.putObject("alpha_pattern")::put);
        AdapterModules.write(json, base, shape);
        return json;
    }
}
