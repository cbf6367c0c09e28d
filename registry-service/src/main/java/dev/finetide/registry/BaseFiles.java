package dev.finetide.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.SafetensorsHeader;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Whether uploaded files are a Hugging Face model directory that a worker can load. What is found here is found while
/// the user waits, and not by a worker an hour later.
final class BaseFiles {
    private static final long LARGEST_CONFIG = 1 << 20;
    private static final long LARGEST_JSON = 256L << 20;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final ObjectMapper TREES = new ObjectMapper(JSON);

    private final BlobStore blobs;
    private final List<BlobFile> files;

    /// @param files all of them uploaded
    BaseFiles(BlobStore blobs, List<BlobFile> files) {
        this.blobs = blobs;
        this.files = files;
    }

    /// Reads what the files say about the base: its type, "llama", its origin, and what its chat template writes.
    ///
    /// @throws ApiException INVALID_FIELD naming the file and what is wrong with it
    Base.Builder check() throws IOException {
        BlobFile config = required("config.json");
        required("tokenizer.json");
        Set<String> weights = files.stream()
                .map(BlobFile::getPath)
                .filter(path -> path.endsWith(".safetensors"))
                .collect(Collectors.toCollection(TreeSet::new));
        if (weights.isEmpty()) {
            throw ApiException.invalidField("files", "hold no .safetensors file");
        }
        String modelType = modelType(config);
        for (BlobFile file : files) {
            if (file.getPath().endsWith(".json")) {
                checkJson(file);
            } else if (file.getPath().endsWith(".safetensors")) {
                checkWeights(file);
            }
        }
        Optional<BlobFile> index = find("model.safetensors.index.json");
        if (index.isPresent()) {
            checkIndex(index.get(), weights);
        } else if (!weights.contains("model.safetensors")) {
            throw ApiException.invalidField("files", "hold neither model.safetensors nor model.safetensors.index.json");
        }
        checkAllNamed(index, weights);
        return new BaseDirectory(blobs, files).read().setModelType(modelType);
    }

    private void checkWeights(BlobFile file) throws IOException {
        try (InputStream in = open(file)) {
            SafetensorsHeader.read(file.getPath(), in, file.getSizeBytes());
        } catch (ModelFormatException e) {
            throw refused(file, "is not a whole safetensors file: " + e.getMessage());
        }
    }

    private String modelType(BlobFile file) throws IOException {
        JsonNode config = tree(file);
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

    /// Refuses weight files that nobody would read. A single file wins over an index, as in transformers.
    private void checkAllNamed(Optional<BlobFile> index, Set<String> weights) throws IOException {
        Set<String> named = new TreeSet<>(Set.of("model.safetensors"));
        if (index.isPresent() && !weights.contains("model.safetensors")) {
            tree(index.get()).path("weight_map").forEach(shard -> named.add(shard.textValue()));
        }
        for (String path : weights) {
            if (!named.contains(path)) {
                throw refused(
                        required(path),
                        "holds no weights of the model: neither model.safetensors nor named by its index");
            }
        }
    }

    private void checkIndex(BlobFile index, Set<String> weights) throws IOException {
        JsonNode map = tree(index).path("weight_map");
        if (!map.isObject()) {
            throw refused(index, "has no weight_map");
        }
        for (JsonNode shard : map) {
            if (!shard.isTextual() || !weights.contains(shard.textValue())) {
                throw refused(index, "names a file that is not there: " + Printable.of(shard.asText()));
            }
        }
    }

    private JsonNode tree(BlobFile file) throws IOException {
        if (file.getSizeBytes() > (file.getPath().equals("config.json") ? LARGEST_CONFIG : LARGEST_JSON)) {
            throw refused(file, "is " + file.getSizeBytes() + " bytes large");
        }
        try (InputStream in = open(file)) {
            JsonNode tree = TREES.readTree(in);
            if (!tree.isObject()) {
                throw refused(file, "is not a JSON object");
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw notJson(file, e);
        }
    }

    /// Reads through the file without keeping it: tokenizers can be large.
    private void checkJson(BlobFile file) throws IOException {
        if (file.getSizeBytes() > LARGEST_JSON) {
            throw refused(file, "is " + file.getSizeBytes() + " bytes large, at most " + LARGEST_JSON);
        }
        try (InputStream in = open(file);
                JsonParser parser = JSON.createParser(in)) {
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT && first != JsonToken.START_ARRAY) {
                throw refused(file, "is not a JSON object");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw refused(file, "has more text after its JSON value");
            }
        } catch (JsonProcessingException e) {
            throw notJson(file, e);
        }
    }

    private InputStream open(BlobFile file) throws IOException {
        return blobs.open(BlobRef.ofContent(file.getSizeBytes(), file.getSha256()));
    }

    private BlobFile required(String path) {
        return find(path).orElseThrow(() -> ApiException.invalidField("files", "hold no " + path));
    }

    private Optional<BlobFile> find(String path) {
        return files.stream().filter(file -> file.getPath().equals(path)).findFirst();
    }

    private static ApiException notJson(BlobFile file, JsonProcessingException e) {
        return refused(
                file,
                e.getLocation() == null
                        ? "is not JSON"
                        : "is not JSON: line %d, column %d"
                                .formatted(
                                        e.getLocation().getLineNr(),
                                        e.getLocation().getColumnNr()));
    }

    private static ApiException refused(BlobFile file, String problem) {
        return ApiException.invalidField("files[" + file.getPath() + "]", problem);
    }
}
