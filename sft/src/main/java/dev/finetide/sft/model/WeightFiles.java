package dev.finetide.sft.model;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.SafetensorsHeader;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightHeaders;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.sft.safetensors.SafetensorsFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// The open weight files of a Hugging Face directory, which [WeightHeaders#paths] names.
public final class WeightFiles implements AutoCloseable {
    private static final int COMPARED_AT_ONCE = 1 << 16;

    private final Path dir;
    private final Map<Path, SafetensorsFile> files = new LinkedHashMap<>();
    private final WeightHeaders headers;

    private WeightFiles(Path dir) {
        this.dir = dir;
        try {
            Map<Path, SafetensorsHeader> byPath = new HashMap<>();
            for (Path path : WeightHeaders.paths(dir)) {
                SafetensorsFile file = new SafetensorsFile(path);
                files.put(path, file);
                byPath.put(path, file.header());
            }
            headers = new WeightHeaders(dir, byPath);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /// Opens the weight files of a directory.
    ///
    /// @throws ModelFormatException when a file is missing or malformed, or the index does not fit the shards
    public static WeightFiles open(Path dir) {
        return new WeightFiles(dir);
    }

    /// Returns the file that holds a tensor.
    ///
    /// @throws ModelFormatException when none does
    public SafetensorsFile fileOf(String tensor) {
        return headers.fileOf(tensor)
                .map(files::get)
                .orElseThrow(() -> new ModelFormatException(dir + ": tensor \"" + tensor + "\" is in no weight file"));
    }

    /// Returns the entries of the files' `__metadata__`.
    public Map<String, String> metadata() {
        Map<String, String> all = new LinkedHashMap<>();
        files.values().forEach(file -> all.putAll(file.metadata()));
        return all;
    }

    /// Tells whether all tensors are held in one type.
    public boolean areAll(TensorType type) {
        return headers.areAll(type);
    }

    /// Checks that the files hold the weights of a model and nothing else.
    ///
    /// @return the model that the weights make: a tied model whose file has a head of its own is not tied, as in
    ///     transformers
    /// @throws ModelFormatException naming the tensor that does not fit
    public ModelConfig check(ModelConfig config) {
        headers.check(config);
        boolean ownHead =
                config.tiedHead() && headers.fileOf(WeightHeaders.HEAD).isPresent() && !headIsEmbedding(config);
        return ownHead ? config.withOwnHead() : config;
    }

    private boolean headIsEmbedding(ModelConfig config) {
        SafetensorsFile head = fileOf(WeightHeaders.HEAD);
        SafetensorsFile embedding = fileOf(WeightLayout.EMBEDDING);
        long elements = (long) config.vocab() * config.hidden();
        for (long first = 0; first < elements; first += COMPARED_AT_ONCE) {
            int length = (int) Math.min(COMPARED_AT_ONCE, elements - first);
            float[] ofHead = new float[length];
            float[] ofEmbedding = new float[length];
            head.readFloats(WeightHeaders.HEAD, first, MemorySegment.ofArray(ofHead));
            embedding.readFloats(WeightLayout.EMBEDDING, first, MemorySegment.ofArray(ofEmbedding));
            if (!Arrays.equals(ofHead, ofEmbedding)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        files.values().forEach(SafetensorsFile::close);
    }
}
