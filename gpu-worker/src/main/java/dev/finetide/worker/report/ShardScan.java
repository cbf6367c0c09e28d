package dev.finetide.worker.report;

import com.github.luben.zstd.ZstdInputStream;
import dev.finetide.blobs.Sha256;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowSource;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.RowScan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Reads the rows of a version from its shards, one by one. Every shard is read to its end, so that its
/// digest is checked. A row that the code that trains cannot read is passed over, and keeps its number.
public final class ShardScan implements RowScan {
    private static final List<String> FIRST = List.of("train", "validation", "test");
    private static final String SOURCE = ",\"source\":{\"file\":";
    private static final int ID_BYTES = 8;

    /// Opens a shard whose bytes are checked against its digest.
    public interface Shards {
        InputStream open(BlobFile shard) throws IOException;
    }

    /// Takes one row with its place in the upload.
    public interface SourcedUse {
        void take(ReportRow row, Optional<RowSource> source) throws IOException;
    }

    private final DatasetVersion version;
    private final Shards shards;
    private final Runnable eachRow;
    private final Map<String, Long> rows = new LinkedHashMap<>();
    private final Map<String, Long> unreadable = new TreeMap<>();

    /// @param eachRow runs before each row is read
    public ShardScan(DatasetVersion version, Shards shards, Runnable eachRow) {
        this.version = version;
        this.shards = shards;
        this.eachRow = eachRow;
        counts(version).entrySet().stream()
                .filter(split -> split.getValue() > 0)
                .sorted(Comparator.comparingInt((Map.Entry<String, Long> split) -> place(split.getKey()))
                        .thenComparing(Map.Entry::getKey))
                .forEach(split -> rows.put(split.getKey(), split.getValue()));
    }

    /// Returns the rows by split; those of a version from before splits had names, too.
    private static Map<String, Long> counts(DatasetVersion version) {
        Map<String, Long> counts = new LinkedHashMap<>();
        if (version.getSplitsCount() == 0) {
            counts.put("train", version.getTrainRows());
            counts.put("test", version.getTestRows());
        }
        for (Split split : version.getSplitsList()) {
            counts.put(split.getName(), split.getRows());
        }
        return counts;
    }

    private static int place(String split) {
        int place = FIRST.indexOf(split);
        return place < 0 ? FIRST.size() : place;
    }

    @Override
    public List<String> splits() {
        return List.copyOf(rows.keySet());
    }

    @Override
    public long rows(String split) {
        return rows.getOrDefault(split, 0L);
    }

    /// Returns the number of rows that could not be read, by split, as far as splits were read.
    public Map<String, Long> unreadable() {
        return new TreeMap<>(unreadable);
    }

    @Override
    public void read(String split, Use use) throws IOException {
        readSourced(split, (row, _) -> use.take(row));
    }

    /// Gives the rows of a split with their places.
    ///
    /// @throws IOException if a shard is missing or is not what its digest says
    public void readSourced(String split, SourcedUse use) throws IOException {
        long number = 0;
        long refused = 0;
        for (BlobFile shard : shards(split)) {
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(new ZstdInputStream(shards.open(shard)), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    number++;
                    eachRow.run();
                    Optional<SourcedRow> row = parse(line);
                    if (row.isPresent()) {
                        use.take(
                                new ReportRow(
                                        split,
                                        number,
                                        id(line),
                                        row.get().row(),
                                        new TreeMap<>(row.get().tags())),
                                row.get().source());
                    } else {
                        refused++;
                    }
                }
            }
        }
        if (refused > 0) {
            unreadable.put(split, refused);
        }
    }

    private List<BlobFile> shards(String split) {
        List<BlobFile> own = new ArrayList<>();
        version.getShardsList().stream()
                .filter(file -> file.getPath().startsWith(split + "/"))
                .sorted(Comparator.comparing(BlobFile::getPath))
                .forEach(own::add);
        return own;
    }

    private static Optional<SourcedRow> parse(String line) {
        try {
            return Optional.of(SourcedRow.parse(line));
        } catch (RowRefused unreadable) {
            return Optional.empty();
        }
    }

    /// Returns the id of a row: of the line without place and tags, which come last.
    private static String id(String line) {
        int source = line.lastIndexOf(SOURCE);
        String canonical = source < 0 ? line : line.substring(0, source) + "}";
        byte[] digest = Sha256.newDigest().digest(canonical.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest, 0, ID_BYTES);
    }
}
