package dev.finetide.cli.dataset.push;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.dataset.RowStream;
import dev.finetide.cli.files.WholeFile;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.InvalidRow;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Writes the records that were left out as JSON Lines: each record as it was, with a key that says where it stood and
/// why it was refused. The file can be mended and pushed again.
final class RefusedFile {
    /// The key that is added to each record.
    static final String KEY = "_finetide";

    private static final Gson STRICT =
            new GsonBuilder().setStrictness(Strictness.STRICT).create();

    private RefusedFile() {}

    /// Writes the refused records of a version.
    ///
    /// @param version resource name of the version
    /// @return number of records
    static long write(ServiceClient<DatasetServiceBlockingStub> datasets, String version, Path target)
            throws IOException {
        ReadRowsRequest request = ReadRowsRequest.newBuilder()
                .setName(version)
                .setSplit("refused")
                .build();
        long[] records = {0};
        try (WholeFile file = WholeFile.create(target)) {
            OutputStream out = file.out();
            RowStream.read(datasets, request, row -> {
                out.write((line(row) + "\n").getBytes(StandardCharsets.UTF_8));
                records[0]++;
            });
            file.publish();
        }
        return records[0];
    }

    /// Returns a record as one line of JSON.
    static String line(Row row) {
        JsonObject where = where(row.getRefused());
        String text = row.getJson();
        JsonObject record;
        try {
            JsonElement parsed = STRICT.fromJson(text, JsonElement.class);
            if (parsed == null || !parsed.isJsonObject()) {
                return raw(text, where);
            }
            record = parsed.getAsJsonObject();
        } catch (JsonParseException invalid) {
            return raw(text, where);
        }
        if (record.has(KEY)) { // it was refused before
            record.add(KEY, where);
            return record.toString();
        }
        // The record's own text stays as it is, with keys that it has twice and numbers that Java would round.
        String body = text.strip().substring(1).replaceAll("[\r\n]+", " ");
        return "{\"" + KEY + "\":" + where + (record.isEmpty() ? "" : ",") + body;
    }

    private static String raw(String text, JsonObject where) {
        where.addProperty("raw", text);
        JsonObject line = new JsonObject();
        line.add(KEY, where);
        return line.toString();
    }

    private static JsonObject where(InvalidRow refused) {
        JsonObject where = new JsonObject();
        where.addProperty("file", refused.getFile());
        if (refused.getLine() > 0) {
            where.addProperty("line", refused.getLine());
        }
        if (refused.getRecord() > 0) {
            where.addProperty("record", refused.getRecord());
        }
        if (!refused.getField().isEmpty()) {
            where.addProperty("field", refused.getField());
        }
        where.addProperty("reason", refused.getReason());
        return where;
    }
}
