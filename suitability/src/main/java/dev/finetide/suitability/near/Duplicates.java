package dev.finetide.suitability.near;

import dev.finetide.blobs.Sha256;
import dev.finetide.proto.dataset.v1.DuplicatesSection;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextRow;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.RowBatches;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.Shares;
import dev.finetide.suitability.sample.RowSample;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Finds equal and near rows, in one split and across splits. The rows with a finding [FoundKind#NEAR_DUPLICATE] or
/// [FoundKind#LEAK] are those that `dataset derive --dedupe near` leaves out. Memory grows by some 17 bytes a row.
public final class Duplicates implements Section {
    /// A version of more splits has its leaks counted, but each pair of splits is a line that somebody must read.
    private static final int MOST_PAIRS = 100;

    private final Path scratch;

    /// @param scratch directory of temporary files
    public Duplicates(Path scratch) {
        this.scratch = scratch;
    }

    @Override
    public ReportSection kind() {
        return ReportSection.DUPLICATES;
    }

    @Override
    public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException {
        NotMeasured notes = new NotMeasured(kind(), report);
        ScannedRows scanned = new ScannedRows();
        // Columns: id or hash of the question, number of the row.
        try (SortedRecords ids = new SortedRecords(2, scratch);
                SortedRecords questions = new SortedRecords(2, scratch);
                NearTexts texts = new NearTexts(
                        NearTexts.USUAL_THRESHOLD, (split, row, otherSplit, otherRow) -> row < otherRow, scratch)) {
            scan(rows, scanned, ids, questions, texts);
            if (scanned.count() == 0) {
                notes.add("duplicates", "the version has no rows to learn from");
                return;
            }
            DuplicatesSection.Builder section = report.getDuplicatesBuilder();
            RowGroups equal = new RowGroups(scanned);
            equal.read(questions, (row, first, firstOfSplit) -> {});
            RowSample.learnt(rows)
                    .map(split -> scanned.splits().indexOf(split))
                    .filter(split -> split >= 0)
                    .ifPresent(split -> section.setLearntQuestions(scanned.rows(split) - equal.repeated(split)));
            section.setExactQuestions(Shares.of(equal.repeated(), scanned.count()))
                    .setExactRows(Shares.of(giveEqualRows(scanned, ids, found), scanned.count()));
            texts.group();
            RowGroups near = giveNearRows(scanned, texts, found, section);
            section.setNearQuestions(Shares.of(near.repeated(), scanned.count()));
            addLeaks(scanned, equal, near, section, notes);
        }
    }

    private record Prepared(long question, NearTexts.Prepared text) {}

    private static void scan(
            RowScan rows, ScannedRows scanned, SortedRecords ids, SortedRecords questions, NearTexts texts)
            throws IOException {
        try (RowBatches batches = new RowBatches()) {
            for (String split : rows.splits()) {
                scanned.begin(split);
                int number = scanned.splits().size() - 1;
                batches.read(
                        rows,
                        split,
                        row -> {
                            NearInput input = NearInput.of(row.row());
                            return new Prepared(question(row.row()), texts.prepared(input.text(), input.context()));
                        },
                        (row, prepared) -> {
                            long ordinal = scanned.add(row);
                            ids.add(scanned.id(ordinal), ordinal);
                            questions.add(prepared.question(), ordinal);
                            texts.add(prepared.text(), number);
                        });
            }
        }
    }

    private static long question(TextRow row) {
        byte[] asked = RowTexts.asked(row).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.wrap(Sha256.newDigest().digest(asked)).getLong();
    }

    /// Gives the rows that equal an earlier one of their split, group by group, and returns their number.
    private long giveEqualRows(ScannedRows scanned, SortedRecords ids, FoundRows found) throws IOException {
        // Columns: first row of the split with the same id, number of the row.
        try (SortedRecords pairs = new SortedRecords(2, scratch)) {
            new RowGroups(scanned).read(ids, (row, first, firstOfSplit) -> {
                if (row != firstOfSplit) {
                    pairs.add(firstOfSplit, row);
                }
            });
            long group = 0;
            long first = -1;
            try (SortedRecords.Cursor cursor = pairs.sorted()) {
                while (cursor.next()) {
                    group += cursor.get(0) == first ? 0 : 1;
                    first = cursor.get(0);
                    found.add(scanned.found(FoundKind.EXACT_DUPLICATE, cursor.get(1), first, group, 1, "row"));
                }
            }
            return pairs.size();
        }
    }

    /// Gives the rows whose question is near to an earlier one, group by group.
    private RowGroups giveNearRows(
            ScannedRows scanned, NearTexts texts, FoundRows found, DuplicatesSection.Builder section)
            throws IOException {
        RowGroups groups = new RowGroups(scanned);
        ExampleGroups examples = new ExampleGroups();
        // Columns: first row of the group, number of the row.
        try (SortedRecords pairs = new SortedRecords(2, scratch)) {
            for (long row = 0; row < scanned.count(); row++) {
                pairs.add(texts.firstOf(row), row);
            }
            groups.read(pairs, (row, first, firstOfSplit) -> {
                boolean leaks = scanned.split(row) != scanned.split(first);
                long group = examples.group(first);
                double similarity = texts.similarity(row, first);
                if (leaks) {
                    String what = similarity == 1 ? "equal" : near(similarity, "near");
                    add(scanned.found(FoundKind.LEAK, row, first, group, similarity, what), found, examples);
                }
                if (row != firstOfSplit) {
                    double value = firstOfSplit == first ? similarity : texts.similarity(row, firstOfSplit);
                    RowFound near = scanned.found(
                            FoundKind.NEAR_DUPLICATE, row, firstOfSplit, group, value, near(value, "question"));
                    add(near, found, examples);
                }
            });
        }
        section.addAllExamples(examples.chosen());
        return groups;
    }

    /// Returns what was found, and whether the two rows are near through other rows only.
    private static String near(double similarity, String what) {
        return similarity >= NearTexts.USUAL_THRESHOLD ? what : what + " through rows between";
    }

    private static void add(RowFound row, FoundRows found, ExampleGroups examples) throws IOException {
        found.add(row);
        examples.add(row);
    }

    private static void addLeaks(
            ScannedRows scanned,
            RowGroups equal,
            RowGroups near,
            DuplicatesSection.Builder section,
            NotMeasured notes) {
        int splits = scanned.splits().size();
        if (splits == 1) {
            notes.add("leaks", "the version has one split");
        }
        for (int split = 1; split < splits; split++) {
            for (int earlier = 0; earlier < split; earlier++) {
                if (section.getLeaksCount() == MOST_PAIRS) {
                    notes.add("leaks", "counted for the first %d pairs of splits".formatted(MOST_PAIRS));
                    return;
                }
                section.addLeaksBuilder()
                        .setSplit(scanned.splits().get(split))
                        .setEarlier(scanned.splits().get(earlier))
                        .setEqual(Shares.of(equal.leaked(split, earlier), scanned.rows(split)))
                        .setNear(Shares.of(near.leaked(split, earlier), scanned.rows(split)));
            }
        }
    }
}
