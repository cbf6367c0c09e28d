package dev.finetide.sft.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorInfo;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.sft.safetensors.SafetensorsFile;
import dev.finetide.sft.safetensors.SafetensorsWriter;
import dev.finetide.sft.torch.NumberFormat;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TensorPieces;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;

/// Named tensors in a fixed order: the weights of a base or of an adapter. They are fp32, unless another
/// precision is asked for. They are trained in place, and nobody but their owner may write them.
public final class Parameters {
    private static final Set<TensorType> FLOATING = Set.of(TensorType.F32, TensorType.F16, TensorType.BF16);

    private final Map<String, NDArray> arrays = new LinkedHashMap<>();
    private final TensorPieces pieces;

    private Parameters(TensorPieces pieces) {
        this.pieces = pieces;
    }

    /// Gives a tensor its elements, piece by piece.
    public interface Elements {
        /// Sets the elements of one piece, which are 0.
        ///
        /// @param piece fp32
        /// @param first index in the tensor of the piece's first element
        void fill(String name, MemorySegment piece, long first);
    }

    /// Makes tensors of the given names and shapes, all zero.
    public static Parameters zeros(PtNDManager manager, Map<String, long[]> shapes) {
        Parameters parameters = new Parameters(TensorPieces.DEFAULT);
        shapes.forEach((name, shape) -> parameters.arrays.put(name, manager.zeros(new Shape(shape), DataType.FLOAT32)));
        return parameters;
    }

    /// Makes tensors of the given names and shapes, in fp32, with the given elements.
    public static Parameters filled(PtNDManager manager, Map<String, long[]> shapes, Elements elements) {
        Parameters parameters = new Parameters(TensorPieces.DEFAULT);
        parameters.make(manager, shapes, Precision.FP32, elements);
        return parameters;
    }

    /// Reads tensors from a safetensors file, of any floating type, and holds them in fp32.
    ///
    /// @param shapes names, and the shapes that the tensors must have
    public static Parameters load(PtNDManager manager, Map<String, long[]> shapes, SafetensorsFile file) {
        shapes.forEach((name, shape) -> check(file, name, shape));
        return filled(manager, shapes, (name, piece, first) -> file.readFloats(name, first, piece));
    }

    /// Reads the weights of a base, and quantises those that are to be held in 4 bits.
    ///
    /// @param fileOf finds the file that holds a name
    public static Parameters loadBase(
            PtNDManager manager, ModelConfig config, Precision precision, Function<String, SafetensorsFile> fileOf) {
        return loadBase(manager, config, precision, fileOf, TensorPieces.DEFAULT);
    }

    static Parameters loadBase(
            PtNDManager manager,
            ModelConfig config,
            Precision precision,
            Function<String, SafetensorsFile> fileOf,
            TensorPieces pieces) {
        WeightLayout.base(config).forEach((name, shape) -> {
            check(fileOf.apply(name), name, shape);
            if (WeightMemory.isQuantized(config, name) && shape[0] * shape[1] % Nf4.BLOCK != 0) {
                throw new ModelFormatException(fileOf.apply(name).path() + ": tensor \"" + name + "\" has shape "
                        + Arrays.toString(shape) + ", expected a multiple of " + Nf4.BLOCK + " elements for NF4");
            }
        });
        Parameters base = new Parameters(pieces);
        base.makeBase(
                manager,
                config,
                precision,
                (name, piece, first) -> fileOf.apply(name).readFloats(name, first, piece));
        return base;
    }

    private void makeBase(PtNDManager manager, ModelConfig config, Precision precision, Elements elements) {
        WeightLayout.base(config).forEach((name, shape) -> {
            if (WeightMemory.isQuantized(config, name)) {
                quantize(manager, name, shape, elements);
            } else {
                make(manager, Map.of(name, shape), precision, elements);
            }
        });
    }

    private void make(PtNDManager manager, Map<String, long[]> shapes, Precision precision, Elements elements) {
        shapes.forEach((name, shape) -> arrays.put(
                name, pieces.filled(manager, shape, precision, (piece, first) -> elements.fill(name, piece, first))));
    }

    private void quantize(PtNDManager manager, String name, long[] shape, Elements elements) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment wide = arena.allocate(shape[0] * shape[1] * Float.BYTES, Float.BYTES);
            elements.fill(name, wide, 0);
            List<NDArray> quantized = Nf4.quantize(manager, wide, shape[0]);
            for (int i = 0; i < quantized.size(); i++) {
                arrays.put(name + Nf4.SUFFIXES.get(i), quantized.get(i));
            }
        }
    }

    /// Returns a weight of a base in fp32, whatever precision it is held in.
    public NDArray wide(PtNDManager manager, String name) {
        if (!arrays.containsKey(name + Nf4.SUFFIXES.get(1))) {
            return NumberFormat.convert(manager, array(name), Precision.FP32);
        }
        return Nf4.dequantize(
                manager,
                Nf4.SUFFIXES.stream().map(suffix -> arrays.get(name + suffix)).toList());
    }

    /// Overwrites these tensors by the rounded elements of others of the same names and shapes.
    public void round(PtNDManager manager, Parameters others) {
        NumberFormat.copy(manager, others.arrays(), arrays());
    }

    private static void check(SafetensorsFile file, String name, long[] shape) {
        TensorInfo tensor = file.tensor(name);
        if (!tensor.hasShape(shape)) {
            throw new ModelFormatException(file.path() + ": tensor \"" + name + "\" has shape " + tensor.shape()
                    + ", expected " + Arrays.toString(shape));
        }
        if (!FLOATING.contains(tensor.type())) {
            throw new ModelFormatException(
                    file.path() + ": tensor \"" + name + "\" is " + tensor.type() + ", expected F32, F16 or BF16");
        }
    }

    /// Makes the initial weights of a new model: normal with this standard deviation, biases 0, norms as
    /// given. The same seed gives the same weights.
    public static Parameters randomBase(
            PtNDManager manager, ModelConfig config, Precision precision, double deviation, double norms, long seed) {
        Parameters base = new Parameters(TensorPieces.DEFAULT);
        base.makeBase(manager, config, precision, random(deviation, norms, seed));
        return base;
    }

    /// Makes initial weights as [#randomBase] does, in fp32, for tensors of any names and shapes.
    public static Parameters random(
            PtNDManager manager, Map<String, long[]> shapes, double deviation, double norms, long seed) {
        return filled(manager, shapes, random(deviation, norms, seed));
    }

    private static Elements random(double deviation, double norms, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return (name, piece, first) -> {
            if (name.endsWith("norm.weight")) {
                TensorPieces.setAll(piece, () -> norms);
            } else if (!name.endsWith(".bias")) {
                TensorPieces.setAll(piece, () -> random.nextGaussian() * deviation);
            }
        };
    }

    /// Returns the tensors in their order.
    public List<NDArray> arrays() {
        return new ArrayList<>(arrays.values());
    }

    public List<String> names() {
        return new ArrayList<>(arrays.keySet());
    }

    /// Returns the tensor of a name.
    ///
    /// @throws IllegalArgumentException when there is none
    public NDArray array(String name) {
        NDArray array = arrays.get(name);
        if (array == null) {
            throw new IllegalArgumentException("no tensor is called " + name);
        }
        return array;
    }

    /// Makes zeros of the same names and shapes.
    public Parameters zerosLike(PtNDManager manager) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        arrays.forEach((name, array) -> shapes.put(name, array.getShape().getShape()));
        return zeros(manager, shapes);
    }

    /// Checks a file against these tensors.
    ///
    /// @throws ModelFormatException when it does not hold exactly these
    public void check(SafetensorsFile file) {
        arrays.forEach((name, array) -> check(file, name, array.getShape().getShape()));
        if (file.tensors().size() != arrays.size()) {
            throw new ModelFormatException(
                    file.path() + ": " + file.tensors().size() + " tensors, expected " + arrays.size());
        }
    }

    /// Overwrites the tensors by those of a file, which must hold exactly these.
    public void read(SafetensorsFile file) {
        check(file);
        arrays.forEach((name, array) -> pieces.fill(array, (piece, first) -> file.readFloats(name, first, piece)));
    }

    /// Writes the tensors under their names, atomically.
    ///
    /// @param type F32 or BF16
    public void write(Path file, TensorType type) throws IOException {
        write(file, type, Map.of());
    }

    /// Writes the tensors as [#write(Path, TensorType)] does.
    ///
    /// @param metadata entries of `__metadata__` in addition to `format`
    public void write(Path file, TensorType type, Map<String, String> metadata) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter(type);
        metadata.forEach(writer::metadata);
        arrays.forEach((name, array) ->
                writer.add(name, array.getShape().getShape(), out -> pieces.takeFloats(array, out::write)));
        writer.write(file);
    }

    public long elements() {
        return arrays.values().stream().mapToLong(NDArray::size).sum();
    }

    public void close() {
        arrays.values().forEach(NDArray::close);
    }
}
