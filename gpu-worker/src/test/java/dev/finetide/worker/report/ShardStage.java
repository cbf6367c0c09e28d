package dev.finetide.worker.report;

import com.github.luben.zstd.Zstd;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.Split;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A version whose shards lie in memory.
final class ShardStage {
    private final DatasetVersion.Builder version = DatasetVersion.newBuilder();
    private final Map<String, byte[]> shards = new HashMap<>();

    /// Adds a split of one shard.
    ShardStage split(String name, List<String> lines) {
        String path = name + "/00000.jsonl.zst";
        shards.put(path, Zstd.compress((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8)));
        version.addSplits(Split.newBuilder().setName(name).setRows(lines.size()))
                .addShards(BlobFile.newBuilder().setPath(path));
        return this;
    }

    ShardScan scan(Runnable eachRow) {
        return new ShardScan(version.build(), shard -> new ByteArrayInputStream(shards.get(shard.getPath())), eachRow);
    }

    /// Returns the line of a shard.
    static String line(int number) {
        return "{\"prompt\":\"question %d\",\"completion\":\"answer %d\",\"source\":{\"file\":\"a.jsonl\",\"line\":%d},"
                        .formatted(number, number % 2, number)
                + "\"tags\":{\"region\":\"north\"}}";
    }
}
