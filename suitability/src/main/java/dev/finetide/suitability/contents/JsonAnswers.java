package dev.finetide.suitability.contents;

import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.suitability.Examples;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.Shares;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Counts the shapes of answers that are JSON, and finds those that have not the fields and types of most. Not
/// thread-safe.
final class JsonAnswers implements AutoCloseable {
    private static final int MOST_SHAPES = 2_000;
    /// Largest part of the answers that are no JSON, so that these look odd.
    private static final double FEW = 0.1;
    /// Answers without JSON are no longer kept when there are so many.
    private static final int MOST_OTHERS = 100_000;

    private static final int EXAMPLES = 12;
    private static final int EXAMPLES_OF_ONE = 3;

    private final Map<JsonShape, Integer> indices = new HashMap<>();
    private final List<JsonShape> shapes = new ArrayList<>();
    private final List<Long> counts = new ArrayList<>();
    private final List<String> splits = new ArrayList<>();
    /// Rows whose answer is no JSON.
    private final List<RowFound> others = new ArrayList<>();

    private final Examples examples = new Examples(EXAMPLES, EXAMPLES_OF_ONE);
    private long otherRows;
    /// Columns: number of the split, number of the row, id of the row, number of its shape.
    private final SortedRecords rows;

    /// @param scratch directory of temporary files
    JsonAnswers(Path scratch) {
        this.rows = new SortedRecords(4, scratch);
    }

    void add(ReportRow row, JsonShape shape) throws IOException {
        if (splits.isEmpty() || !splits.getLast().equals(row.split())) {
            splits.add(row.split());
        }
        Integer known = indices.get(shape);
        if (known == null && shapes.size() < MOST_SHAPES) {
            known = shapes.size();
            indices.put(shape, known);
            shapes.add(shape);
            counts.add(0L);
        }
        if (known != null) {
            counts.set(known, counts.get(known) + 1);
        }
        rows.add(splits.size() - 1, row.number(), HexFormat.fromHexDigitsToLong(row.id()), known == null ? -1 : known);
    }

    /// Notes a row whose answer is no JSON.
    void addOther(ReportRow row) {
        otherRows++;
        if (others.size() < MOST_OTHERS && otherRows <= MOST_OTHERS) {
            others.add(row.found(FoundKind.ODD_SCHEMA, "no JSON"));
        } else {
            others.clear();
        }
    }

    long count() {
        return rows.size();
    }

    /// Writes the schema and its share, and gives the rows that do not follow it if most do.
    void measure(ContentsSection.Builder section, FoundRows found, NotMeasured notes) throws IOException {
        if (rows.size() == 0) {
            notes.add("schema of JSON answers", "no answer is a JSON object or array");
            return;
        }
        JsonShape most = shapes.getFirst();
        for (int i = 1; i < shapes.size(); i++) {
            most = counts.get(i) > counts.get(indices.get(most)) ? shapes.get(i) : most;
        }
        boolean[] follows = new boolean[shapes.size()];
        long following = 0;
        for (int i = 0; i < shapes.size(); i++) {
            follows[i] = shapes.get(i).follows(most);
            following += follows[i] ? counts.get(i) : 0;
        }
        section.setOneSchema(Shares.of(following, rows.size()));
        if (2 * following <= rows.size()) {
            notes.add("schema of JSON answers", "no fields and types are those of most answers");
            return;
        }
        if (otherRows <= FEW * (rows.size() + otherRows)) {
            for (RowFound row : others) {
                give(row, found);
            }
        }
        most.types().forEach((field, type) -> {
            if (!field.isEmpty()) {
                section.addSchemaFields(field + ": " + type);
            }
        });
        if (following < rows.size()) {
            give(follows, most, found);
        }
        section.addAllOddAnswers(examples.chosen());
    }

    private void give(RowFound row, FoundRows found) throws IOException {
        found.add(row);
        examples.add(row.getWhat(), row);
    }

    private void give(boolean[] follows, JsonShape most, FoundRows found) throws IOException {
        try (SortedRecords.Cursor cursor = rows.sorted()) {
            while (cursor.next()) {
                int shape = (int) cursor.get(3);
                if (shape < 0 || !follows[shape]) {
                    RowFound row = RowFound.newBuilder()
                            .setKind(FoundKind.ODD_SCHEMA)
                            .setSplit(splits.get((int) cursor.get(0)))
                            .setNumber(cursor.get(1))
                            .setId(HexFormat.of().toHexDigits(cursor.get(2)))
                            .setWhat(
                                    shape < 0
                                            ? "other fields"
                                            : shapes.get(shape).difference(most))
                            .build();
                    give(row, found);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }
}
