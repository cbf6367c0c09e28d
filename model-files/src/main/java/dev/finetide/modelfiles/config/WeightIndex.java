package dev.finetide.modelfiles.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.finetide.modelfiles.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// The `weight_map` of a `model.safetensors.index.json`: the weight file of each tensor. It is read as
/// a stream, and everything else in the file is skipped.
///
/// @param shards names of weight files by tensor, in the order of the file
public record WeightIndex(Map<String, String> shards) {
    /// The name of the file.
    public static final String FILE = "model.safetensors.index.json";

    /// The largest index in bytes: four times what the most tensors take with long names.
    public static final long MAX_BYTES = 16L << 20;

    /// The most tensors of a model. The largest model of a known family has a tenth.
    public static final int MAX_TENSORS = 100_000;

    private static final int MAX_NAME = 500;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    public WeightIndex {
        shards = Collections.unmodifiableMap(shards);
    }

    /// Reads the index of a model directory.
    ///
    /// @throws ModelFormatException naming what is wrong
    static WeightIndex read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return read(file.toString(), in, Files.size(file));
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(file + ": not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /// Reads an index.
    ///
    /// @param file name of the file in error messages
    /// @param size size of the file in bytes
    /// @throws ModelFormatException naming what is wrong
    /// @throws JsonProcessingException when the file is not JSON
    public static WeightIndex read(String file, InputStream in, long size) throws IOException {
        if (size > MAX_BYTES) {
            throw new ModelFormatException(file + ": " + size + " bytes, at most " + MAX_BYTES + " are accepted");
        }
        Map<String, String> shards = new LinkedHashMap<>();
        boolean found = false;
        try (JsonParser parser = JSON.createParser(in)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new ModelFormatException(file + ": expected a JSON object");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                boolean isMap = parser.currentName().equals("weight_map");
                JsonToken value = parser.nextToken();
                if (isMap && value == JsonToken.START_OBJECT) {
                    found = true;
                    readMap(file, parser, shards);
                } else if (isMap) {
                    throw new ModelFormatException(file + ": weight_map: expected an object");
                } else {
                    parser.skipChildren();
                }
            }
        }
        if (!found) {
            throw new ModelFormatException(file + ": weight_map: expected an object, found nothing");
        }
        return new WeightIndex(shards);
    }

    private static void readMap(String file, JsonParser parser, Map<String, String> shards) throws IOException {
        // Few files hold many tensors: each file's name is held once.
        Map<String, String> names = new HashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String tensor = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw new ModelFormatException(file + ": weight_map: expected the name of a file for each tensor");
            }
            String shard = parser.getText();
            if (tensor.length() > MAX_NAME || shard.length() > MAX_NAME) {
                throw new ModelFormatException(file + ": weight_map: a name has more than " + MAX_NAME + " characters");
            }
            shards.put(tensor, names.computeIfAbsent(shard, _ -> shard));
            if (shards.size() > MAX_TENSORS) {
                throw new ModelFormatException(file + ": weight_map: more than " + MAX_TENSORS + " tensors");
            }
        }
    }
}
