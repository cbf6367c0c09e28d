package dev.finetide.dataset.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import dev.finetide.dataset.row.CanonicalJson;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.kit.error.ApiException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Cuts CSV (RFC 4180) with a header line. Blank lines are skipped.
///
/// The file is split as ISO 8859-1, one character per byte, and each field is then decoded as strict UTF-8. CSV's
/// own characters are ASCII, so a malformed field costs one row and not the whole file.
final class CsvCuts implements Cutting {
    private static final int MOST_COLUMNS = 1_000;

    private final CloseableIterator<CsvRecord> records;
    private final List<String> columns;
    private final TextEncoding encoding;
    private long lastLine = 1;
    private boolean broken;

    private CsvCuts(OpenedFile file) throws IOException {
        this.encoding = file.sample().encoding();
        this.records = CsvReader.builder()
                .fieldSeparator(file.sample().delimiter())
                .skipEmptyLines(false)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE) // counted below, as a fault of the row
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .allowUnclosedQuote(false)
                .maxBufferSize(StrictJson.LONGEST)
                .build(
                        CsvRecordHandler.builder()
                                .maxFields(MOST_COLUMNS)
                                .maxFieldSize(StrictJson.LONGEST)
                                .maxRecordSize(StrictJson.LONGEST)
                                .build(),
                        file.content(),
                        StandardCharsets.ISO_8859_1)
                .iterator();
        this.columns = header(file.path());
    }

    /// Reads the header line.
    ///
    /// @throws ApiException INVALID_FIELD if there is none, or a column stands in it twice
    static Cutting open(OpenedFile file) throws IOException {
        return new CsvCuts(file);
    }

    @Override
    public Optional<Cut> next() throws IOException {
        if (broken) {
            return Optional.empty();
        }
        try {
            CsvRecord record;
            do {
                if (!records.hasNext()) {
                    return Optional.empty();
                }
                record = records.next();
            } while (isBlankLine(record));
            lastLine = record.getStartingLineNumber();
            return Optional.of(new CutRecord(lastLine, 0, new Fields(columns, record, encoding)));
        } catch (CsvParseException e) {
            broken = true;
            RowFault fault = new RowFault(
                    "the row is followed by what is not CSV: a quote that is not closed or has text behind it, or a record of"
                            + " more than " + StrictJson.LONGEST + " bytes; the rest of the file was not read");
            return Optional.of(new CutFault(lastLine, 0, fault, Optional.empty()));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() throws IOException {
        records.close();
    }

    private static boolean isBlankLine(CsvRecord record) {
        return record.getFieldCount() == 1 && record.getField(0).isBlank();
    }

    private List<String> header(String path) throws IOException {
        try {
            if (!records.hasNext()) {
                throw ApiException.invalidField(path, "is empty, expected a CSV header line");
            }
            List<String> header = new ArrayList<>();
            Set<String> seen = new HashSet<>();
            for (String field : records.next().getFields()) {
                String column = Fields.decoded(field, "the header line", encoding);
                if (!seen.add(column)) {
                    throw ApiException.invalidField(
                            path, "line 1: the header has the column " + RowFault.quoted(column) + " twice");
                }
                header.add(column);
            }
            return List.copyOf(header);
        } catch (RowFault fault) {
            throw ApiException.invalidField(path, "line 1: " + fault.getMessage());
        } catch (CsvParseException e) {
            throw ApiException.invalidField(path, "line 1: the header line is not CSV");
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /// The fields of a record.
    ///
    /// @param fields bytes of the fields, one character per byte
    private record Fields(List<String> columns, CsvRecord fields, TextEncoding encoding) implements Body {
        @Override
        public JsonNode json() throws RowFault {
            if (fields.getFieldCount() != columns.size()) {
                throw new RowFault(
                        "the row has " + fields.getFieldCount() + " fields, the header line has " + columns.size());
            }
            ObjectNode row = StrictJson.object();
            for (int i = 0; i < columns.size(); i++) {
                row.put(columns.get(i), decoded(fields.getField(i), columns.get(i), encoding));
            }
            return row;
        }

        @Override
        public String raw() {
            ObjectNode row = StrictJson.object();
            for (int i = 0; i < fields.getFieldCount(); i++) {
                byte[] field = fields.getField(i).getBytes(StandardCharsets.ISO_8859_1);
                row.put(
                        i < columns.size() ? columns.get(i) : "field " + (i + 1),
                        new String(field, StandardCharsets.UTF_8));
            }
            return CanonicalJson.text(row);
        }

        @Override
        public int sizeBytes() {
            return fields.getFields().stream().mapToInt(String::length).sum();
        }

        /// Decodes a field.
        ///
        /// @param column name of the field's column
        static String decoded(String field, String column, TextEncoding encoding) throws RowFault {
            boolean ascii = true;
            boolean nul = false;
            for (int i = 0; i < field.length(); i++) {
                ascii &= field.charAt(i) < 0x80;
                nul |= field.charAt(i) == 0;
            }
            if (nul) {
                throw RowFault.at(RowFault.place("", column), "has a NUL character");
            }
            if (ascii) {
                return field;
            }
            byte[] bytes = field.getBytes(StandardCharsets.ISO_8859_1);
            if (Utf8.malformed(bytes, 0, bytes.length) >= 0) {
                throw RowFault.at(
                        RowFault.place("", column),
                        "is not " + encoding.name() + " at byte offset " + Utf8.malformed(bytes, 0, bytes.length)
                                + ": --encoding names another encoding");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
