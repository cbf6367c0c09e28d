package dev.finetide.dataset.row;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.CsvSource;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads rows from CSV (RFC 4180) with a header line. Two templates make prompt and completion of each record. Blank
/// lines are skipped.
///
/// The file is split as ISO 8859-1, one character per byte, and each field is then decoded as strict UTF-8. CSV's
/// own characters are ASCII, so a malformed field costs one row and not the whole file.
public final class CsvRows implements RowReader {
    private static final int MOST_COLUMNS = 1_000;

    private final CloseableIterator<CsvRecord> records;
    private final Utf8 utf8 = new Utf8();
    private final List<String> columns;
    private final PromptTemplate prompt;
    private final PromptTemplate completion;
    private long lastLine = 1;
    private boolean broken;

    /// Reads the header line.
    ///
    /// @throws ApiException INVALID_FIELD if there is no header, or a template names a column that it lacks
    /// @throws IOException  if the upload broke
    public CsvRows(InputStream file, String name, CsvSource source) throws IOException {
        this.records = CsvReader.builder()
                .skipEmptyLines(false)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE) // counted below, as a fault of the row
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .allowUnclosedQuote(false)
                .maxBufferSize(LONGEST_ROW)
                .build(
                        CsvRecordHandler.builder()
                                .maxFields(MOST_COLUMNS)
                                .maxFieldSize(LONGEST_ROW)
                                .maxRecordSize(LONGEST_ROW)
                                .build(),
                        withoutByteOrderMark(file),
                        StandardCharsets.ISO_8859_1)
                .iterator();
        this.columns = header(name);
        this.prompt = PromptTemplate.of("csv.prompt_template", source.getPromptTemplate(), columns);
        this.completion = PromptTemplate.of("csv.completion_template", source.getCompletionTemplate(), columns);
    }

    /// Checks the settings before the file arrives.
    ///
    /// @throws ApiException INVALID_FIELD if a template is wrong
    public static void check(CsvSource source) {
        PromptTemplate.check("csv.prompt_template", source.getPromptTemplate());
        PromptTemplate.check("csv.completion_template", source.getCompletionTemplate());
    }

    @Override
    public Optional<Outcome> next() throws IOException {
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
            try {
                return Optional.of(new Accepted(lastLine, row(record)));
            } catch (RowFault fault) {
                return Optional.of(new Refused(lastLine, fault.getMessage()));
            }
        } catch (CsvParseException e) {
            broken = true;
            return Optional.of(new Refused(
                    lastLine,
                    "is followed by what is not CSV: a quote that is not closed or has text behind it, or a record of"
                            + " more than " + LONGEST_ROW + " bytes; the rest of the file was not read"));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean isBlankLine(CsvRecord record) {
        return record.getFieldCount() == 1 && record.getField(0).isBlank();
    }

    private CanonicalRow row(CsvRecord record) throws RowFault {
        if (record.getFieldCount() != columns.size()) {
            throw new RowFault(
                    "the row has " + record.getFieldCount() + " fields, the header line has " + columns.size());
        }
        List<String> fields = new ArrayList<>(columns.size());
        for (int i = 0; i < columns.size(); i++) {
            fields.add(decoded(record.getField(i), "column " + RowFault.quoted(columns.get(i))));
        }
        return JsonRow.promptCompletion(prompt.render(fields), completion.render(fields), false);
    }

    private String decoded(String bytes, String place) throws RowFault {
        byte[] raw = bytes.getBytes(StandardCharsets.ISO_8859_1);
        String text = utf8.decode(raw, raw.length, 0, place).toString();
        if (text.indexOf(0) >= 0) {
            throw new RowFault(place + " has a NUL character");
        }
        return text;
    }

    private List<String> header(String name) throws IOException {
        try {
            if (!records.hasNext()) {
                throw ApiException.invalidField(name, "is empty, expected a CSV header line");
            }
            List<String> header = new ArrayList<>();
            Set<String> seen = new HashSet<>();
            for (String field : records.next().getFields()) {
                String column = decoded(field, "the header line");
                if (!seen.add(column)) {
                    throw ApiException.invalidField(
                            name, "line 1: the header has the column " + RowFault.quoted(column) + " twice");
                }
                header.add(column);
            }
            return List.copyOf(header);
        } catch (RowFault fault) {
            throw ApiException.invalidField(name, "line 1: " + fault.getMessage());
        } catch (CsvParseException e) {
            throw ApiException.invalidField(name, "line 1: the header line is not CSV");
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static InputStream withoutByteOrderMark(InputStream file) throws IOException {
        PushbackInputStream in = new PushbackInputStream(new BufferedInputStream(file, 1 << 16), 3);
        byte[] first = in.readNBytes(3);
        if (first.length < 3 || !LineReader.isByteOrderMark(first)) {
            in.unread(first);
        }
        return in;
    }
}
