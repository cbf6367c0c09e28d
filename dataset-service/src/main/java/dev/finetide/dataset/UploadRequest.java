package dev.finetide.dataset;

import dev.finetide.dataset.row.CsvRows;
import dev.finetide.dataset.row.JsonlRows;
import dev.finetide.dataset.row.RowReader;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rule.FieldRules;
import dev.finetide.proto.dataset.v1.UploadHeader;
import java.io.IOException;
import java.io.InputStream;

/// An upload header that was checked.
record UploadRequest(UploadHeader header) {
    private static final double TEST_FRACTION = 0.1;

    /// Checks a header.
    ///
    /// @throws ApiException INVALID_FIELD with every field that is wrong
    static UploadRequest of(UploadHeader header) {
        FieldRules.check(header, "");
        if (header.hasCsv()) {
            CsvRows.check(header.getCsv());
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
