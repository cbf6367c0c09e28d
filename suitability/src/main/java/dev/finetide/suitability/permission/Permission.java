package dev.finetide.suitability.permission;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.PermissionSection;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.Examples;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.KnownLanguages;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.RowBatches;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.Shares;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// Counts what may forbid the use of rows, in one scan: personal data and keys, refusals, boilerplate, unsafe phrases;
/// and the licences that tags name.
public final class Permission implements Section {
    private static final int EXAMPLES = 30;
    private static final int EXAMPLES_OF_ONE = 3;

    @Override
    public ReportSection kind() {
        return ReportSection.PERMISSION;
    }

    @Override
    public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException {
        Counts counts = new Counts(found);
        try (RowBatches batches = new RowBatches()) {
            for (String split : rows.splits()) {
                batches.read(rows, split, row -> RowConcerns.of(row.row()), counts::add);
            }
        }
        NotMeasured notes = new NotMeasured(kind(), report);
        KnownLanguages languages = KnownLanguages.of(report);
        counts.write(report, languages, notes);
        languages.note("refusals, boilerplate and unsafe texts", notes);
    }

    private static final class Counts {
        private final FoundRows found;
        private final Map<String, Long> kinds = new HashMap<>();
        private final Licences licences = new Licences();
        private final Examples examples = new Examples(EXAMPLES, EXAMPLES_OF_ONE);
        private long rows;
        private long personal;
        private long refusals;
        private long boilerplate;
        private long unsafe;

        Counts(FoundRows found) {
            this.found = found;
        }

        void add(ReportRow row, RowConcerns concerns) throws IOException {
            rows++;
            licences.add(row.tags());
            personal += concerns.personal().isEmpty() ? 0 : 1;
            refusals += concerns.refuses() ? 1 : 0;
            boilerplate += concerns.hasBoilerplate() ? 1 : 0;
            unsafe += concerns.unsafe().isEmpty() ? 0 : 1;
            for (Map.Entry<String, String> kind : concerns.personal().entrySet()) {
                kinds.merge(kind.getKey(), 1L, Long::sum);
                give(row, FoundKind.PERSONAL_DATA, kind.getKey() + " in " + kind.getValue());
            }
            if (concerns.refuses()) {
                give(row, FoundKind.REFUSAL, "answer");
            }
            if (concerns.hasBoilerplate()) {
                give(row, FoundKind.BOILERPLATE, "answer");
            }
            if (!concerns.unsafe().isEmpty()) {
                give(row, FoundKind.UNSAFE, concerns.unsafe());
            }
        }

        private void give(ReportRow row, FoundKind kind, String what) throws IOException {
            RowFound finding = row.found(kind, what);
            found.add(finding);
            examples.add(
                    kind == FoundKind.PERSONAL_DATA ? what.substring(0, what.indexOf(" in ")) : kind.name(), finding);
        }

        void write(SuitabilityReport.Builder report, KnownLanguages languages, NotMeasured notes) {
            if (rows == 0) {
                notes.add("permission", "the version has no rows to learn from");
                return;
            }
            PermissionSection.Builder section = report.getPermissionBuilder()
                    .setPersonal(Shares.of(personal, rows))
                    .addAllKinds(Shares.largest(kinds, kinds.size()))
                    .addAllExamples(examples.chosen());
            if (languages.tell(refusals)) {
                section.setRefusals(Shares.of(refusals, rows));
            }
            if (languages.tell(boilerplate)) {
                section.setBoilerplate(Shares.of(boilerplate, rows));
            }
            if (languages.tell(unsafe)) {
                section.setUnsafe(Shares.of(unsafe, rows));
            }
            licences.write(section, notes);
        }
    }
}
