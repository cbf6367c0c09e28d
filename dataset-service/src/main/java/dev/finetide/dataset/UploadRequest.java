package dev.finetide.dataset;

import dev.finetide.dataset.row.CsvRows;
import dev.finetide.dataset.row.JsonlRows;
import dev.finetide.dataset.row.RowReader;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.RequestId;
import dev.finetide.proto.dataset.v1.UploadHeader;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/// An upload header that was checked.
record UploadRequest(UploadHeader header) {
    private static final double TEST_FRACTION = 0.1;
    private static final int LONGEST_SOURCE_NAME = 255;

    /// Checks a header.
    ///
    /// @throws ApiException INVALID_FIELD with every field that is wrong
    static UploadRequest of(UploadHeader header) {
        ResourceType.DATASET.ids("dataset", header.getDataset());
        List<FieldViolation> wrong = new ArrayList<>();
        RequestId.violation(header.getRequestId()).ifPresent(wrong::add);
        if (header.hasTestFraction() && !(header.getTestFraction() > 0 && header.getTestFraction() < 1)) {
            wrong.add(new FieldViolation(
                    "test_fraction", "expected more than 0 and less than 1, got " + header.getTestFraction()));
        }
        if (header.getAllowInvalid() < 0) {
            wrong.add(new FieldViolation("allow_invalid", "expected 0 or more, got " + header.getAllowInvalid()));
        }
        if (header.getSourceName().length() > LONGEST_SOURCE_NAME
                || header.getSourceName().chars().anyMatch(Character::isISOControl)) {
            wrong.add(new FieldViolation(
                    "source_name", "expected at most " + LONGEST_SOURCE_NAME + " characters, none of control"));
        }
        switch (header.getSourceCase()) {
            case JSONL -> {}
            case CSV -> CsvRows.check(header.getCsv());
            case SOURCE_NOT_SET -> wrong.add(new FieldViolation("source", "is required: jsonl or csv"));
        }
        if (!wrong.isEmpty()) {
            throw ApiException.invalidFields(wrong);
        }
        return new UploadRequest(header);
    }

    String dataset() {
        return header.getDataset();
    }

    double testFraction() {
        return header.hasTestFraction() ? header.getTestFraction() : TEST_FRACTION;
    }

    /// Opens a file for reading its rows.
    ///
    /// @param name `train` or `test`
    RowReader open(String name, InputStream file) throws IOException {
        return header.hasCsv() ? new CsvRows(file, name, header.getCsv()) : new JsonlRows(file);
    }
}
