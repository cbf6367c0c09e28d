package dev.finetide.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.config.WeightIndex;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Whether uploaded files are a Hugging Face model directory that a worker can load. What is found here is found while
/// the user waits, and not by a worker an hour later.
final class BaseFiles {
    private final BlobStore blobs;
    private final List<BlobFile> files;
    private final BaseJson json;
    private final BaseWeights weights;

    /// @param files all of them uploaded
    BaseFiles(BlobStore blobs, List<BlobFile> files) {
        this.blobs = blobs;
        this.files = files;
        this.json = new BaseJson(blobs);
        this.weights = new BaseWeights(blobs);
    }

    /// Reads what the files say about the base: its type, "llama", its origin, and what its chat template writes.
    ///
    /// @throws ApiException INVALID_FIELD naming the file and what is wrong with it
    Base.Builder check() throws IOException {
        BlobFile config = required("config.json");
        required("tokenizer.json");
        Set<String> shards = files.stream()
                .map(BlobFile::getPath)
                .filter(path -> path.endsWith(".safetensors"))
                .collect(Collectors.toCollection(TreeSet::new));
        if (shards.isEmpty()) {
            throw ApiException.invalidField("files", "hold no .safetensors file");
        }
        files.stream()
                .filter(file -> file.getPath().matches(".*\\.(json|jinja)"))
                .forEach(json::checkSize);
        String modelType = modelType(config);
        for (BlobFile file : files) {
            if (file.getPath().endsWith(".json")) {
                json.check(file);
            } else if (file.getPath().endsWith(".safetensors")) {
                checkWeights(file);
            }
        }
        checkNames(shards);
        return new BaseDirectory(blobs, files, weights).read().setModelType(modelType);
    }

    private void checkWeights(BlobFile file) throws IOException {
        try {
            weights.header(file);
        } catch (ModelFormatException e) {
            throw refused(file, "is not a whole safetensors file: " + e.getMessage());
        }
    }

    private String modelType(BlobFile file) throws IOException {
        JsonNode config = json.tree(file);
        // Names of Python classes that transformers would load and run.
        for (String program : List.of("auto_map", "custom_pipelines")) {
            if (config.has(program)) {
                throw refused(file, "has " + program + ": a base may not bring its own program");
            }
        }
        if (!config.path("model_type").isTextual()) {
            throw refused(file, "has no model_type");
        }
        return config.get("model_type").textValue();
    }

    /// Refuses an index that names other files than there are, and weight files that nobody would read.
    /// A single file wins over an index, as in transformers.
    private void checkNames(Set<String> shards) throws IOException {
        boolean single = shards.contains("model.safetensors");
        Set<String> named = new HashSet<>(Set.of("model.safetensors"));
        Optional<BlobFile> index = find(WeightIndex.FILE);
        if (index.isPresent()) {
            for (String shard : new TreeSet<>(json.index(index.get()).shards().values())) {
                if (!shards.contains(shard)) {
                    throw refused(index.get(), "names a file that is not there: " + Printable.of(shard));
                }
                if (!single) {
                    named.add(shard);
                }
            }
        } else if (!single) {
            throw ApiException.invalidField("files", "hold neither model.safetensors nor " + WeightIndex.FILE);
        }
        for (String path : shards) {
            if (!named.contains(path)) {
                throw refused(
                        required(path),
                        "holds no weights of the model: neither model.safetensors nor named by its index");
            }
        }
    }

    private BlobFile required(String path) {
        return find(path).orElseThrow(() -> ApiException.invalidField("files", "hold no " + path));
    }

    private Optional<BlobFile> find(String path) {
        return files.stream().filter(file -> file.getPath().equals(path)).findFirst();
    }

    static ApiException refused(BlobFile file, String problem) {
        return ApiException.invalidField("files[" + file.getPath() + "]", problem);
    }
}
