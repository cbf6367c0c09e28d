package dev.finetide.dataset.shard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.blobs.Sha256;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.InvalidRow;
import dev.finetide.proto.dataset.v1.UploadHeader;
import dev.finetide.proto.dataset.v1.UploadReport;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/// The file `manifest.json` of a dataset version. Its member `content` identifies the version: row format, source
/// settings, the split, and every shard's digest in order. The version's digest is the SHA-256 of `content` as
/// compact JSON. The file's name and the report of rows left out are outside `content` and do not affect the digest.
///
/// @param bytes  contents of the file
/// @param digest the version's digest, in lower-case hex
public record Manifest(byte[] bytes, String digest) {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Writes the manifest of a version.
    ///
    /// @param version version with shards, counts, format and report
    public static Manifest of(UploadHeader header, boolean testFile, double testFraction, DatasetVersion version) {
        ObjectNode content = NODES.objectNode();
        content.put("row_format", version.getRowFormat().name());
        content.set("source", source(header));
        content.set(
                "split",
                testFile
                        ? NODES.objectNode().put("method", "test-file")
                        : NODES.objectNode().put("method", "input-hash").put("test_fraction", testFraction));
        ObjectNode splits = content.putObject("splits");
        splits.set("train", split("train", version.getTrainRows(), version.getShardsList()));
        splits.set("test", split("test", version.getTestRows(), version.getShardsList()));
        MessageDigest sha256 = Sha256.newDigest();
        sha256.update(bytes(content));
        String digest = Sha256.hex(sha256);

        ObjectNode manifest = NODES.objectNode();
        manifest.put("digest", digest);
        manifest.set("content", content);
        manifest.put("json_answers", version.getJsonAnswers());
        manifest.put("source_name", header.getSourceName());
        manifest.set("report", report(version.getReport()));
        return new Manifest(bytes(manifest), digest);
    }

    private static ObjectNode source(UploadHeader header) {
        if (header.hasCsv()) {
            return NODES.objectNode()
                    .put("kind", "csv")
                    .put("prompt_template", header.getCsv().getPromptTemplate())
                    .put("completion_template", header.getCsv().getCompletionTemplate());
        }
        return NODES.objectNode().put("kind", "jsonl");
    }

    private static ObjectNode split(String name, long rows, List<BlobFile> shards) {
        ObjectNode split = NODES.objectNode().put("rows", rows);
        ArrayNode files = split.putArray("shards");
        for (BlobFile shard : shards) {
            if (shard.getPath().startsWith(name + "/")) {
                files.addObject()
                        .put("path", shard.getPath())
                        .put("size_bytes", shard.getSizeBytes())
                        .put("sha256", shard.getSha256());
            }
        }
        return split;
    }

    private static ObjectNode report(UploadReport report) {
        ObjectNode json = NODES.objectNode()
                .put("rows_read", report.getRowsRead())
                .put("rows_accepted", report.getRowsAccepted())
                .put("rows_invalid", report.getRowsInvalid())
                .put("duplicate_rows", report.getDuplicateRows())
                .put("leaked_test_rows", report.getLeakedTestRows());
        ArrayNode invalid = json.putArray("invalid_rows");
        for (InvalidRow row : report.getInvalidRowsList()) {
            invalid.addObject()
                    .put("file", row.getFile())
                    .put("line", row.getLine())
                    .put("reason", row.getReason());
        }
        return json;
    }

    private static byte[] bytes(ObjectNode json) {
        try {
            return JSON.writeValueAsString(json).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can be written", e);
        }
    }
}
