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
import dev.finetide.kit.rpc.AwaitedBytes;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.config.WeightIndex;
import dev.finetide.proto.blob.v1.BlobFile;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The JSON files and templates of a base, bounded one by one and together. Only `config.json` is held
/// in memory. Used by one thread.
final class BaseJson {
    /// The largest files in bytes. Those that the engine holds as a tree are small in every published
    /// model; the largest published `tokenizer.json` has 35 MB.
    private static final Map<String, Long> LARGEST = Map.of(
            "config.json",
            1L << 20,
            "generation_config.json",
            1L << 20,
            "tokenizer_config.json",
            4L << 20,
            "special_tokens_map.json",
            4L << 20,
            "added_tokens.json",
            4L << 20,
            WeightIndex.FILE,
            WeightIndex.MAX_BYTES,
            "tokenizer.json",
            64L << 20);

    private static final long LARGEST_OTHER = 16L << 20;
    private static final long LARGEST_TEMPLATE = 1L << 20;
    private static final long MOST_BYTES = 128L << 20;

    /// The most names of members in a file. The largest published vocabulary has 900,000 tokens.
    private static final int MOST_NAMES = 1_500_000;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();
    private static final ObjectMapper TREES = new ObjectMapper(JSON);

    private final BlobStore blobs;
    private final Set<String> read = new HashSet<>();
    private long bytes;

    BaseJson(BlobStore blobs) {
        this.blobs = blobs;
    }

    /// Refuses a JSON file or a template that is too large, and counts its bytes: a blob that many
    /// paths name counts for each.
    ///
    /// @throws ApiException INVALID_FIELD
    void checkSize(BlobFile file) {
        long largest = file.getPath().endsWith(".jinja")
                ? LARGEST_TEMPLATE
                : LARGEST.getOrDefault(file.getPath(), LARGEST_OTHER);
        if (file.getSizeBytes() > largest) {
            throw BaseFiles.refused(file, "is " + file.getSizeBytes() + " bytes large, at most " + largest);
        }
        bytes += file.getSizeBytes();
        if (bytes > MOST_BYTES) {
            throw BaseFiles.refused(
                    file, "is too much: JSON files and templates of a base have at most " + MOST_BYTES + " bytes");
        }
    }

    /// Reads through a file without keeping it. A blob that was read before is not read again.
    ///
    /// @throws ApiException INVALID_FIELD if it is not one JSON object or array
    void check(BlobFile file) throws IOException {
        if (!read.add(file.getSha256())) {
            return;
        }
        try (InputStream in = open(file);
                JsonParser parser = JSON.createParser(in)) {
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT && first != JsonToken.START_ARRAY) {
                throw BaseFiles.refused(file, "is not a JSON object");
            }
            int names = 0;
            do {
                JsonToken token = parser.nextToken();
                names += token == JsonToken.FIELD_NAME ? 1 : 0;
                if (names > MOST_NAMES) {
                    throw BaseFiles.refused(file, "has more than " + MOST_NAMES + " members");
                }
            } while (!parser.getParsingContext().inRoot());
            if (parser.nextToken() != null) {
                throw BaseFiles.refused(file, "has more text after its JSON value");
            }
        } catch (JsonProcessingException e) {
            throw notJson(file, e);
        }
    }

    /// Reads `config.json`.
    JsonNode tree(BlobFile file) throws IOException {
        try (InputStream in = open(file)) {
            JsonNode tree = TREES.readTree(in);
            if (!tree.isObject()) {
                throw BaseFiles.refused(file, "is not a JSON object");
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw notJson(file, e);
        }
    }

    /// Reads the index of the weight files.
    WeightIndex index(BlobFile file) throws IOException {
        try (InputStream in = open(file)) {
            return WeightIndex.read(file.getPath(), in, file.getSizeBytes());
        } catch (JsonProcessingException e) {
            throw notJson(file, e);
        } catch (ModelFormatException e) {
            throw BaseFiles.refused(
                    file, e.getMessage().substring(file.getPath().length() + 2));
        }
    }

    private InputStream open(BlobFile file) throws IOException {
        return new AwaitedBytes(blobs.open(BlobRef.ofContent(file.getSizeBytes(), file.getSha256())));
    }

    private static ApiException notJson(BlobFile file, JsonProcessingException e) {
        return BaseFiles.refused(
                file,
                e.getLocation() == null
                        ? "is not JSON"
                        : "is not JSON: line %d, column %d"
                                .formatted(
                                        e.getLocation().getLineNr(),
                                        e.getLocation().getColumnNr()));
    }
}
