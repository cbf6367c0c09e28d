package dev.finetide.dataset.record;

import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// Cuts JSONL, with one JSON object per line. Blank lines hold nothing and are skipped.
final class JsonlCuts implements Cutting {
    private final Lines lines;
    private final TextEncoding encoding;

    private JsonlCuts(InputStream file, TextEncoding encoding) {
        this.lines = new Lines(file, StrictJson.LONGEST);
        this.encoding = encoding;
    }

    static Cutting open(OpenedFile file) {
        return new JsonlCuts(file.content(), file.sample().encoding());
    }

    @Override
    public Optional<Cut> next() throws IOException {
        do {
            if (!lines.next()) {
                return Optional.empty();
            }
        } while (lines.isBlank());
        if (lines.tooLong()) {
            RowFault fault = new RowFault("the line is " + lines.lineLength() + " bytes long, at most "
                    + StrictJson.LONGEST + " are allowed (it starts at byte offset " + lines.start() + ")");
            return Optional.of(new CutFault(lines.number(), 0, fault, Optional.empty()));
        }
        return Optional.of(new CutRecord(lines.number(), 0, new JsonBody(lines.bytes(), lines.start(), encoding)));
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
