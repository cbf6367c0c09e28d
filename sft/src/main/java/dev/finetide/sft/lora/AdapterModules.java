package dev.finetide.sft.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.config.ConfigJson;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The adapted modules in `adapter_config.json`: `target_modules`, of which `layers_to_transform` keeps the modules of
/// some layers, and from which `exclude_modules` takes some away.
final class AdapterModules {
    private static final String TARGETS = "target_modules";
    private static final String LAYERS = "layers_to_transform";
    private static final String LAYERS_PATTERN = "layers_pattern";
    private static final String EXCLUDED = "exclude_modules";

    private AdapterModules() {}

    /// Reads the paths of the modules that an adapter has.
    ///
    /// @throws ModelFormatException naming the field that names no linear layers of the base
    static Set<String> read(ModelConfig base, ConfigJson config) {
        List<String> targets = texts(config, TARGETS);
        if (targets.isEmpty()) {
            throw config.wrong(TARGETS, "a list of modules, or a string");
        }
        Set<String> modules = new LinkedHashSet<>(named(base, config, targets));
        keepLayers(config, targets, modules);
        if (isThere(config, EXCLUDED)) {
            excluded(config, modules).forEach(modules::remove);
        }
        if (modules.isEmpty()) {
            throw config.wrong(TARGETS, "at least one module after " + LAYERS + " and " + EXCLUDED);
        }
        return modules;
    }

    private static Set<String> named(ModelConfig base, ConfigJson config, List<String> targets) {
        try {
            return TargetModules.of(base, targets);
        } catch (IllegalArgumentException e) {
            throw config.wrong(TARGETS, "linear layers of the base (" + e.getMessage() + ")");
        }
    }

    /// Keeps the modules of the layers in `layers_to_transform`. A module that is named by its whole path stays, as in
    /// PEFT.
    private static void keepLayers(ConfigJson config, List<String> targets, Set<String> modules) {
        if (!isThere(config, LAYERS)) {
            if (isThere(config, LAYERS_PATTERN)) {
                throw config.wrong(LAYERS_PATTERN, "nothing without " + LAYERS);
            }
            return;
        }
        if (config.raw(TARGETS).isTextual()) {
            throw config.wrong(LAYERS, "nothing where " + TARGETS + " is a string");
        }
        JsonNode field = config.raw(LAYERS);
        Set<Integer> layers = new TreeSet<>();
        for (JsonNode layer : field.isArray() ? field : List.of(field)) {
            if (!layer.isInt() || layer.intValue() < 0) {
                throw config.wrong(LAYERS, "a number of a layer, or a list of them");
            }
            layers.add(layer.intValue());
        }
        List<String> patterns = isThere(config, LAYERS_PATTERN) ? texts(config, LAYERS_PATTERN) : List.of("[^.]*");
        Set<String> kept = new LinkedHashSet<>(targets);
        try {
            for (int layer : layers) {
                for (String pattern : patterns) {
                    kept.addAll(TargetModules.whole("(?:.*?\\.)?(?:" + pattern + ")\\." + layer + "\\..*", modules));
                }
            }
        } catch (IllegalArgumentException e) {
            throw config.wrong(LAYERS_PATTERN, "names of the list of layers (" + e.getMessage() + ")");
        }
        modules.retainAll(kept);
    }

    /// Finds the modules that `exclude_modules` names: a string is a regular expression for whole paths, an entry of a
    /// list is a path or the end of one after a dot.
    private static List<String> excluded(ConfigJson config, Set<String> modules) {
        List<String> entries = texts(config, EXCLUDED);
        if (!config.raw(EXCLUDED).isTextual()) {
            return modules.stream()
                    .filter(module ->
                            entries.stream().anyMatch(entry -> module.equals(entry) || module.endsWith("." + entry)))
                    .toList();
        }
        try {
            return TargetModules.whole(entries.getFirst(), modules);
        } catch (IllegalArgumentException e) {
            throw config.wrong(EXCLUDED, "modules, or a regular expression (" + e.getMessage() + ")");
        }
    }

    private static boolean isThere(ConfigJson config, String name) {
        JsonNode value = config.raw(name);
        boolean empty = value.isContainerNode()
                ? value.isEmpty()
                : value.isTextual() && value.textValue().isEmpty();
        return config.has(name) && !empty;
    }

    private static List<String> texts(ConfigJson config, String name) {
        JsonNode field = config.raw(name);
        if (config.has(name) && !field.isTextual() && !field.isArray()) {
            throw config.wrong(name, "a list of modules, or a string");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode entry : field.isTextual() ? List.of(field) : field) {
            if (!entry.isTextual() || entry.textValue().isEmpty()) {
                throw config.wrong(name, "a list of modules, or a string");
            }
            texts.add(entry.textValue());
        }
        return texts;
    }

    /// Writes the modules of an adapter in the shortest form: kinds of linear layers; where blocks differ, with the
    /// layers or with the modules that are left out; else every path.
    static void write(ObjectNode json, ModelConfig base, LoraShape shape) {
        List<String> kinds = shape.targets();
        List<Integer> layers = IntStream.range(0, base.layers())
                .filter(layer -> kinds.stream().anyMatch(kind -> shape.adapts(layer, kind)))
                .boxed()
                .toList();
        Set<String> missing = layers.stream()
                .flatMap(layer -> kinds.stream().map(kind -> WeightLayout.path(layer, kind)))
                .filter(path -> !shape.modules().contains(path))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        json.putNull("modules_to_save").putNull(LAYERS).putNull(LAYERS_PATTERN).putNull(EXCLUDED);
        if (missing.size() * 2 > shape.modules().size()) {
            TargetModules.of(base, List.of("all-linear")).stream()
                    .filter(shape.modules()::contains)
                    .forEach(json.putArray(TARGETS)::add);
            return;
        }
        kinds.forEach(json.putArray(TARGETS)::add);
        if (layers.size() < base.layers()) {
            layers.forEach(json.putArray(LAYERS)::add);
        }
        if (!missing.isEmpty()) {
            missing.forEach(json.putArray(EXCLUDED)::add);
        }
    }
}
