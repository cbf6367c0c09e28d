package dev.finetide.dataset.read;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.ZstdInputStream;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.InvalidRow;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowPlace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Optional;

/// The records of a version that were left out as invalid, with their reasons, in their order. Not thread-safe.
final class RefusedRows implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final BlobStore blobs;
    private final Iterator<BlobFile> shards;
    private Optional<BufferedReader> open = Optional.empty();
    private long number;

    private RefusedRows(BlobStore blobs, Iterator<BlobFile> shards) {
        this.blobs = blobs;
        this.shards = shards;
    }

    static RefusedRows open(BlobStore blobs, DatasetVersion version) {
        return new RefusedRows(blobs, version.getRefusedList().iterator());
    }

    Optional<Row> next() throws IOException {
        String line = open.isPresent() ? open.get().readLine() : null;
        while (line == null && shards.hasNext()) {
            close();
            BlobFile shard = shards.next();
            open = Optional.of(new BufferedReader(new InputStreamReader(
                    new ZstdInputStream(
                            blobs.open(new BlobRef(shard.getBlobKey(), shard.getSizeBytes(), shard.getSha256()))),
                    StandardCharsets.UTF_8)));
            line = open.get().readLine();
        }
        return line == null ? Optional.empty() : Optional.of(row(JSON.readTree(line)));
    }

    private Row row(JsonNode line) {
        RowPlace place = RowPlace.newBuilder()
                .setFile(line.path("file").asText())
                .setLine(line.path("line").asLong())
                .setRecord(line.path("record").asLong())
                .build();
        return Row.newBuilder()
                .setSplit(RowSource.REFUSED)
                .setNumber(++number)
                .setPlace(place)
                .setJson(line.path("raw").asText())
                .setRefused(InvalidRow.newBuilder()
                        .setFile(place.getFile())
                        .setLine(place.getLine())
                        .setRecord(place.getRecord())
                        .setField(line.path("field").asText())
                        .setReason(line.path("reason").asText()))
                .build();
    }

    @Override
    public void close() throws IOException {
        if (open.isPresent()) {
            open.get().close();
        }
    }
}
