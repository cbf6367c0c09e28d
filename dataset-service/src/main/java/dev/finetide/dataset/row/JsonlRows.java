package dev.finetide.dataset.row;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// Reads rows from JSONL, with one JSON object per line. Blank lines hold nothing and are skipped.
public final class JsonlRows implements RowReader {
    private final LineReader lines;
    private final Utf8 utf8 = new Utf8();

    public JsonlRows(InputStream file) {
        this.lines = new LineReader(file, LONGEST_ROW);
    }

    @Override
    public Optional<Outcome> next() throws IOException {
        do {
            if (!lines.next()) {
                return Optional.empty();
            }
        } while (lines.isBlank());
        try {
            if (lines.tooLong()) {
                throw new RowFault("the line is " + lines.lineLength() + " bytes long, at most " + LONGEST_ROW
                        + " are allowed (it starts at byte offset " + lines.start() + ")");
            }
            CanonicalRow row = JsonRow.of(StrictJson.parse(
                    utf8.decode(lines.bytes(), lines.length(), lines.start(), "the file")
                            .toString(),
                    ""));
            return Optional.of(new Accepted(lines.number(), row));
        } catch (RowFault fault) {
            return Optional.of(new Refused(lines.number(), fault.getMessage()));
        }
    }
}
