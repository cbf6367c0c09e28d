package dev.finetide.dataset.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.RowId;
import dev.finetide.kit.error.ApiException;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Gives rows new answers, or takes them out, by a file of row ids: one JSON object a line, `{"id",
/// "answer"}` or `{"id", "drop": true}`. Ids and rows are joined by sorting, so that neither must fit
/// into memory. An id that no row has refuses the recipe, because it was meant for other rows.
final class RelabelRows implements RowStep {
    private static final int LONGEST_LINE = 9 << 20;
    private static final int NAMED_IDS = 5;
    private static final Set<String> KEYS = Set.of("id", "answer", "drop");

    private final String field;
    private final Path file;
    private final SortedRecords labels;
    private final SortedRecords rows;
    private final SortedRecords joined;
    private RandomAccessFile answers;
    private SortedRecords.Cursor next;
    private boolean more;

    /// @param labels the file, read once
    /// @param field field of the step in the request: "recipe.steps[0]"
    RelabelRows(InputStream labels, String field, Path scratch) throws IOException {
        this.field = field + ".relabel";
        this.file = Files.createTempFile(scratch, "labels-", ".jsonl");
        this.labels = new SortedRecords(3, scratch);
        this.rows = new SortedRecords(2, scratch);
        this.joined = new SortedRecords(2, scratch);
        try {
            Files.copy(labels, file, StandardCopyOption.REPLACE_EXISTING);
            readIds();
            checkDistinct();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public boolean looksFirst() {
        return true;
    }

    @Override
    public void look(RecipeRow row, long ordinal) throws IOException {
        rows.add(RowId.number(row.id()), ordinal);
    }

    @Override
    public void looked() throws IOException {
        long unknown = 0;
        List<String> named = new ArrayList<>();
        try (SortedRecords.Cursor label = labels.sorted();
                SortedRecords.Cursor row = rows.sorted()) {
            boolean hasRow = row.next();
            while (label.next()) {
                while (hasRow && row.get(0) < label.get(0)) {
                    hasRow = row.next();
                }
                boolean found = false;
                while (hasRow && row.get(0) == label.get(0)) {
                    joined.add(row.get(1), label.get(1));
                    found = true;
                    hasRow = row.next();
                }
                if (!found) {
                    unknown++;
                    if (named.size() < NAMED_IDS) {
                        named.add("%s (line %d)".formatted(id(label.get(0)), label.get(2)));
                    }
                }
            }
        }
        if (unknown > 0) {
            throw ApiException.invalidField(
                    field, "%d ids are those of no row, the first: %s".formatted(unknown, String.join(", ", named)));
        }
        answers = new RandomAccessFile(file.toFile(), "r");
        next = joined.sorted();
        more = next.next();
    }

    @Override
    public Optional<RecipeRow> apply(RecipeRow row, long ordinal) throws IOException {
        while (more && next.get(0) < ordinal) {
            more = next.next();
        }
        if (!more || next.get(0) != ordinal) {
            return Optional.of(row);
        }
        ObjectNode label = label(next.get(1));
        if (label.path("drop").asBoolean()) {
            return Optional.empty();
        }
        String answer = label.get("answer").textValue();
        if (answer.equals(row.answer())) {
            return Optional.of(row);
        }
        return Optional.of(row.withTree(RowJson.withAnswer(row.tree(), answer)
                .orElseThrow(() -> row.refusal(field, "the row has no answer that could be another"))));
    }

    private void readIds() throws IOException {
        long number = 0;
        long start = 0;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            Line line = new Line();
            while (line.read(in, field, number + 1)) {
                number++;
                if (!line.isBlank()) {
                    ObjectNode label = checked(line.text(), number);
                    labels.add(RowId.number(label.get("id").textValue()), start, number);
                }
                start += line.length();
            }
        }
        if (labels.size() == 0) {
            throw ApiException.invalidField(field, "the file has no row ids");
        }
    }

    private ObjectNode checked(String text, long number) {
        JsonNode parsed = RowJson.parse(text).orElseThrow(() -> problem(number, "is not JSON"));
        if (!(parsed instanceof ObjectNode label)) {
            throw problem(number, "is not a JSON object");
        }
        label.fieldNames().forEachRemaining(key -> {
            if (!KEYS.contains(key)) {
                throw problem(number, "has a key that is none of id, answer and drop");
            }
        });
        if (!label.path("id").isTextual() || !label.get("id").textValue().matches("[0-9a-f]{16}")) {
            throw problem(number, "has no id of 16 hexadecimal digits");
        }
        boolean drops = label.has("drop");
        if (drops && (!label.get("drop").isBoolean() || !label.get("drop").booleanValue())) {
            throw problem(number, "has a drop that is not true");
        }
        if (drops == label.has("answer")) {
            throw problem(number, "has not one of answer and drop");
        }
        if (!drops
                && (!label.get("answer").isTextual()
                        || label.get("answer").textValue().isBlank())) {
            throw problem(number, "has an answer that is no text, or an empty one");
        }
        return label;
    }

    private void checkDistinct() throws IOException {
        try (SortedRecords.Cursor label = labels.sorted()) {
            boolean any = false;
            long before = 0;
            while (label.next()) {
                if (any && label.get(0) == before) {
                    throw problem(label.get(2), "has the id %s, as an earlier line".formatted(id(before)));
                }
                any = true;
                before = label.get(0);
            }
        }
    }

    private ObjectNode label(long start) throws IOException {
        answers.seek(start);
        Line line = new Line();
        try (InputStream in =
                new BufferedInputStream(
                        Channels.newInputStream(answers.getChannel().position(start)), 1 << 10) {
                    @Override
                    public void close() {
                        // The file stays open for the next row.
                    }
                }) {
            line.read(in, field, 0);
        }
        return (ObjectNode) RowJson.parse(line.text()).orElseThrow();
    }

    private ApiException problem(long line, String problem) {
        return ApiException.invalidField(field, "line %d of the file %s".formatted(line, problem));
    }

    private static String id(long number) {
        return HexFormat.of().toHexDigits(number);
    }

    @Override
    public void close() throws IOException {
        try (labels;
                rows;
                joined) {
            if (next != null) {
                next.close();
            }
            if (answers != null) {
                answers.close();
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /// A line of the file, of bounded length.
    private static final class Line {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private long length;

        /// Reads the next line; returns false at the end of the file.
        boolean read(InputStream in, String field, long number) throws IOException {
            bytes.reset();
            length = 0;
            for (int b = in.read(); b >= 0; b = in.read()) {
                length++;
                if (b == '\n') {
                    return true;
                }
                bytes.write(b);
                if (length > LONGEST_LINE) {
                    throw ApiException.invalidField(
                            field, "line %d of the file is longer than %d bytes".formatted(number, LONGEST_LINE));
                }
            }
            return length > 0;
        }

        boolean isBlank() {
            return text().isBlank();
        }

        String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }

        /// Returns the number of bytes, with the line end.
        long length() {
            return length;
        }
    }
}
