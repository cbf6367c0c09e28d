package dev.finetide.cli.eval.export;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// A file with one JSON object a line. Scores and tags are objects in it.
final class JsonlFile implements RecordFile {
    static final Gson JSON = new GsonBuilder()
            .disableHtmlEscaping()
            .serializeSpecialFloatingPointValues()
            .create();

    private final OutputStream out;

    JsonlFile(OutputStream out) {
        this.out = out;
    }

    @Override
    public void add(ExportedRecord record) throws IOException {
        JsonObject object = JSON.toJsonTree(record.fields()).getAsJsonObject();
        if (record.isAnswer()) {
            object.add("scores", JSON.toJsonTree(record.scores()));
            object.add("tags", JSON.toJsonTree(record.tags()));
        }
        out.write((JSON.toJson(object) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void end() throws IOException {
        out.flush();
    }
}
