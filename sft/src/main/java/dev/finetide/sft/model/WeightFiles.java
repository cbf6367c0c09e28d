package dev.finetide.sft.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.config.ConfigJson;
import dev.finetide.sft.safetensors.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The weight files of a Hugging Face directory: `model.safetensors`, or the shards that
/// `model.safetensors.index.json` lists.
public final class WeightFiles implements AutoCloseable {
    private final Map<String, SafetensorsFile> fileByTensor = new HashMap<>();
    private final Map<Path, SafetensorsFile> files = new HashMap<>();

    private WeightFiles() {}

    /// Opens the weight files of a directory.
    ///
    /// @throws ModelFormatException when a file is missing or malformed, or the index does not fit the shards
    public static WeightFiles open(Path dir) {
        WeightFiles opened = new WeightFiles();
        try {
            for (Path path : paths(dir)) {
                SafetensorsFile file = new SafetensorsFile(path);
                opened.files.put(path, file);
                for (String tensor : file.tensors().keySet()) {
                    SafetensorsFile other = opened.fileByTensor.put(tensor, file);
                    if (other != null) {
                        throw new ModelFormatException(path + ": tensor \"" + tensor + "\" is also in " + other.path());
                    }
                }
            }
            opened.checkIndex(dir);
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /// Returns the weight files of a directory, by name.
    public static List<Path> paths(Path dir) {
        Path index = dir.resolve("model.safetensors.index.json");
        Path single = dir.resolve("model.safetensors");
        if (Files.exists(single)) {
            return List.of(single);
        }
        if (!Files.exists(index)) {
            throw new ModelFormatException(single + ": no such file, nor is there a model.safetensors.index.json");
        }
        Set<String> names = new TreeSet<>();
        weightMap(index).forEach(node -> names.add(node.asText()));
        for (String name : names) {
            if (!name.matches("[A-Za-z0-9._-]+\\.safetensors")) {
                throw new ModelFormatException(index + ": weight_map: \"" + name + "\" is no plain file name");
            }
        }
        return names.stream().map(dir::resolve).toList();
    }

    private static JsonNode weightMap(Path index) {
        ConfigJson json = ConfigJson.read(index);
        if (!json.raw("weight_map").isObject()) {
            throw json.wrong("weight_map", "an object");
        }
        return json.raw("weight_map");
    }

    private void checkIndex(Path dir) {
        Path index = dir.resolve("model.safetensors.index.json");
        if (Files.exists(dir.resolve("model.safetensors"))) {
            return;
        }
        weightMap(index).properties().forEach(entry -> {
            SafetensorsFile file = fileByTensor.get(entry.getKey());
            if (file == null
                    || !file.path()
                            .getFileName()
                            .toString()
                            .equals(entry.getValue().asText())) {
                throw new ModelFormatException(index + ": weight_map puts \"" + entry.getKey() + "\" into "
                        + entry.getValue().asText() + ", which does not hold it");
            }
        });
    }

    /// Returns the file that holds a tensor.
    ///
    /// @throws ModelFormatException when none does
    public SafetensorsFile fileOf(String tensor) {
        SafetensorsFile file = fileByTensor.get(tensor);
        if (file == null) {
            throw new ModelFormatException(
                    files.keySet().iterator().next().getParent() + ": tensor \"" + tensor + "\" is in no weight file");
        }
        return file;
    }

    /// Tells whether all tensors are held in one type.
    public boolean areAll(TensorType type) {
        return fileByTensor.entrySet().stream()
                .allMatch(entry -> entry.getValue().tensor(entry.getKey()).type() == type);
    }

    /// Refuses tensors that the model does not use: if they meant something they would change the mathematics.
    /// Two are allowed: the head of a tied model, which is the embedding table again, and the frequencies that
    /// old Llama files carry.
    public void refuseUnknown(Set<String> known) {
        try (Stream<String> names = fileByTensor.keySet().stream().sorted()) {
            names.filter(name -> !known.contains(name)
                            && !name.equals("lm_head.weight")
                            && !name.endsWith(".rotary_emb.inv_freq"))
                    .findFirst()
                    .ifPresent(name -> {
                        throw new ModelFormatException(fileOf(name).path() + ": tensor \"" + name
                                + "\" is not part of the model that config.json describes");
                    });
        }
    }

    @Override
    public void close() {
        files.values().forEach(SafetensorsFile::close);
    }
}
