package dev.finetide.dataset.record;

import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.kit.error.ApiException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Cuts JSON documents: a list of objects, an object with one such list, or objects one after another, over as many
/// lines as they like. Follows brackets and quotes only, so that a record with a fault does not hide the next one, and
/// holds one record. Records have the number of their line if the first two begin on lines of their own, else their
/// own number.
final class JsonCuts implements Cutting {
    private final JsonBytes in;
    private final TextEncoding encoding;
    private final boolean list;
    private final boolean lines;
    private long number;
    private boolean ended;
    private boolean separated = true;
    private Optional<Piece> ahead;

    /// A record's bytes with its place.
    private record Piece(long line, long number, long start, Optional<byte[]> bytes, Optional<RowFault> fault) {}

    private JsonCuts(JsonBytes in, TextEncoding encoding, boolean list) throws IOException {
        this.in = in;
        this.encoding = encoding;
        this.list = list;
        in.skipSpace();
        this.ahead = cut();
        this.lines = ahead.isPresent() && in.line() > ahead.get().line();
    }

    static Cutting open(OpenedFile file) throws IOException {
        JsonBytes in = new JsonBytes(file.content());
        in.skipSpace();
        List<String> lists = file.sample().json().lists();
        if (lists.size() > 1) {
            throw ApiException.invalidField(
                    file.path(),
                    "the document has the lists "
                            + String.join(
                                    " and ",
                                    lists.stream().map(RowFault::quoted).toList())
                            + ", expected one list of objects: write each list into a file of its own");
        }
        if (lists.size() == 1) {
            in.enterMember(lists.getFirst());
        }
        boolean list = in.peek() == '[';
        if (list) {
            in.read();
        }
        return new JsonCuts(in, file.sample().encoding(), list);
    }

    @Override
    public Optional<Cut> next() throws IOException {
        Optional<Piece> piece = ahead.isPresent() ? ahead : cut();
        ahead = Optional.empty();
        return piece.map(this::placed);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private Cut placed(Piece piece) {
        long line = lines ? piece.line() : 0;
        long record = lines ? 0 : piece.number();
        return piece.fault().isPresent()
                ? new CutFault(line, record, piece.fault().get(), Optional.empty())
                : new CutRecord(line, record, new JsonBody(piece.bytes().orElseThrow(), piece.start(), encoding));
    }

    /// Skips the space and the comma after a record.
    private void skipToNext() throws IOException {
        in.skipSpace();
        separated = !list;
        if (list && in.peek() == ',') {
            in.read();
            in.skipSpace();
            separated = true;
        }
    }

    /// Reads the next record, and the space and comma behind it.
    private Optional<Piece> cut() throws IOException {
        int c = in.peek();
        if (ended || list && c == ']' || !list && c < 0) {
            return Optional.empty();
        }
        number++;
        if (c < 0 || !separated) {
            ended = true;
            return Optional.of(fault(
                    c < 0
                            ? "the file ends before the list of records does"
                            : "the record is not separated by a comma from the one before it; the rest of the file was"
                                    + " not read"));
        }
        Piece piece = read();
        if (!ended) {
            skipToNext();
        }
        return Optional.of(piece);
    }

    private Piece read() throws IOException {
        long line = in.line();
        long start = in.offset();
        JsonBytes.Value value = in.value();
        if (value.cut()) {
            ended = true;
            return new Piece(
                    line,
                    number,
                    start,
                    Optional.empty(),
                    Optional.of(new RowFault("the file ends within the record")));
        }
        if (value.length() > StrictJson.LONGEST) {
            RowFault fault = new RowFault("the record is " + value.length() + " bytes long, at most "
                    + StrictJson.LONGEST + " are allowed (it starts at byte offset " + start + ")");
            return new Piece(line, number, start, Optional.empty(), Optional.of(fault));
        }
        return new Piece(line, number, start, Optional.of(value.bytes()), Optional.empty());
    }

    private Piece fault(String reason) throws IOException {
        return new Piece(in.line(), number, in.offset(), Optional.empty(), Optional.of(new RowFault(reason)));
    }
}
