package dev.finetide.modelfiles.config;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.SafetensorsHeader;
import dev.finetide.modelfiles.TensorInfo;
import dev.finetide.modelfiles.TensorType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The headers of a model directory's weight files, checked before anybody reads the data: `model.safetensors`, or the
/// shards that `model.safetensors.index.json` lists.
public final class WeightHeaders {
    /// The name of the output layer's weights. A tied model may have them, too.
    public static final String HEAD = "lm_head.weight";

    private static final Set<TensorType> FLOATING = Set.of(TensorType.F32, TensorType.F16, TensorType.BF16);

    private final Path dir;
    private final Map<Path, SafetensorsHeader> headers;
    private final Map<String, Path> fileByTensor = new HashMap<>();

    /// Takes the headers of the files that [#paths] names.
    ///
    /// @throws ModelFormatException when two files hold the same tensor, or the index does not fit the shards
    public WeightHeaders(Path dir, Map<Path, SafetensorsHeader> headers) {
        this.dir = dir;
        this.headers = Map.copyOf(headers);
        headers.forEach((path, header) -> header.tensors().keySet().forEach(tensor -> {
            Path other = fileByTensor.put(tensor, path);
            if (other != null) {
                throw new ModelFormatException(path + ": tensor \"" + tensor + "\" is also in " + other);
            }
        }));
        checkIndex();
    }

    /// Returns the weight files of a directory, by name. A single file wins over an index, as in transformers.
    ///
    /// @throws ModelFormatException when there is neither, or the index names no plain files
    public static List<Path> paths(Path dir) {
        Path index = dir.resolve(WeightIndex.FILE);
        Path single = dir.resolve("model.safetensors");
        if (Files.exists(single)) {
            return List.of(single);
        }
        if (!Files.exists(index)) {
            throw new ModelFormatException(single + ": no such file, nor is there a " + WeightIndex.FILE);
        }
        Set<String> names = new TreeSet<>(WeightIndex.read(index).shards().values());
        for (String name : names) {
            if (!name.matches("[A-Za-z0-9._-]+\\.safetensors")) {
                throw new ModelFormatException(index + ": weight_map: \"" + name + "\" is no plain file name");
            }
        }
        return names.stream().map(dir::resolve).toList();
    }

    private void checkIndex() {
        Path index = dir.resolve(WeightIndex.FILE);
        if (Files.exists(dir.resolve("model.safetensors"))) {
            return;
        }
        WeightIndex.read(index).shards().forEach((tensor, shard) -> {
            Path file = fileByTensor.get(tensor);
            if (file == null || !file.getFileName().toString().equals(shard)) {
                throw new ModelFormatException(
                        index + ": weight_map puts \"" + tensor + "\" into " + shard + ", which does not hold it");
            }
        });
    }

    /// Finds the file that holds a tensor.
    public Optional<Path> fileOf(String tensor) {
        return Optional.ofNullable(fileByTensor.get(tensor));
    }

    /// Tells whether all tensors are held in one type.
    public boolean areAll(TensorType type) {
        return headers.values().stream()
                .flatMap(header -> header.tensors().values().stream())
                .allMatch(tensor -> tensor.type() == type);
    }

    /// Checks that the files hold the weights of a model and nothing else: other tensors would change the mathematics
    /// if they meant something. Two are allowed: the head of a tied model, and the frequencies that old Llama files
    /// carry.
    ///
    /// @throws ModelFormatException naming the tensor that is missing, unknown, or of another shape or type
    public void check(ModelConfig config) {
        Map<String, long[]> shapes = WeightLayout.base(config);
        shapes.forEach(this::check);
        if (config.tiedHead() && fileByTensor.containsKey(HEAD)) {
            check(HEAD, shapes.get(WeightLayout.EMBEDDING));
        }
        for (String name : new TreeSet<>(fileByTensor.keySet())) {
            if (!shapes.containsKey(name) && !name.equals(HEAD) && !name.endsWith(".rotary_emb.inv_freq")) {
                throw new ModelFormatException(fileByTensor.get(name) + ": tensor \"" + name
                        + "\" is not part of the model that config.json describes");
            }
        }
    }

    private void check(String name, long[] shape) {
        Path file = fileByTensor.get(name);
        if (file == null) {
            throw new ModelFormatException(dir + ": tensor \"" + name + "\" is in no weight file");
        }
        TensorInfo tensor = headers.get(file).tensors().get(name);
        if (!tensor.hasShape(shape)) {
            throw new ModelFormatException(file + ": tensor \"" + name + "\" has shape " + tensor.shape()
                    + ", expected " + Arrays.toString(shape));
        }
        if (!FLOATING.contains(tensor.type())) {
            throw new ModelFormatException(
                    file + ": tensor \"" + name + "\" is " + tensor.type() + ", expected F32, F16 or BF16");
        }
    }
}
