package dev.finetide.worker;

import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.FoundRow;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.training.v1.RowReport;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Counts what was found in rows, and names the first rows of each kind.
final class RowFindings {
    private static final int NAMED_ROWS = 10;
    private static final int EXAMPLE_CHARACTERS = 4000;

    private final Set<RowFinding> leftOut;
    private final Map<RowFinding, RowFindingCount.Builder> counts = new EnumMap<>(RowFinding.class);
    private long refusedRows;
    private String firstRefusal = "";
    private RowFinding firstKind = RowFinding.ROW_FINDING_UNSPECIFIED;

    RowFindings(Set<RowFinding> leftOut) {
        this.leftOut = leftOut;
    }

    void add(dev.finetide.sft.text.RowFinding finding, SourcedRow row) {
        add(RowFinding.valueOf(finding.name()), row, "");
    }

    void add(RowFinding finding, SourcedRow row, String field) {
        RowFindingCount.Builder count = counts.computeIfAbsent(
                finding, kind -> RowFindingCount.newBuilder().setFinding(kind).setLeftOut(leftOut.contains(kind)));
        count.setRows(count.getRows() + 1);
        FoundRow.Builder found = FoundRow.newBuilder().setField(field);
        row.source()
                .ifPresent(source -> found.setPlace(
                        RowPlace.newBuilder().setFile(source.file()).setLine(source.line())));
        name(count, found.build());
    }

    /// Keeps the first rows of the upload: train before test, and by line. Shards hold rows in another order.
    private static void name(RowFindingCount.Builder count, FoundRow found) {
        List<FoundRow> first = new ArrayList<>(count.getFirstList());
        first.add(found);
        first.sort(
                Comparator.comparing((FoundRow row) -> row.getPlace().getFile().equals("test"))
                        .thenComparing(row -> row.getPlace().getLine()));
        count.clearFirst().addAllFirst(first.subList(0, Math.min(NAMED_ROWS, first.size())));
    }

    /// Counts a refused row, and remembers the first one that the settings do not leave out.
    void refuse(RowRefused refused, SourcedRow row, String place) {
        RowFinding kind = refused.finding()
                .map(finding -> RowFinding.valueOf(finding.name()))
                .orElse(RowFinding.ROW_FINDING_UNSPECIFIED);
        if (kind != RowFinding.ROW_FINDING_UNSPECIFIED) {
            add(kind, row, refused.field());
        }
        if (!leftOut.contains(kind)) {
            refusedRows++;
            if (firstRefusal.isEmpty()) {
                firstRefusal = place + ": " + refused.getMessage();
                firstKind = kind;
            }
        }
    }

    /// @throws WorkerFailure INVALID_DATA when a row was refused and is not left out
    void failOnRefused(String split, int rows) {
        if (refusedRows == 0) {
            return;
        }
        String advice = firstKind == RowFinding.ROW_FINDING_UNSPECIFIED
                ? ""
                : "; leave_out %s (--leave-out %s) would leave such rows out"
                        .formatted(
                                firstKind,
                                firstKind.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        String others = refusedRows == 1
                ? ""
                : "; %d of the %d rows of the %s split cannot be used".formatted(refusedRows, rows, split);
        throw new WorkerFailure(WorkerFailure.Reason.INVALID_DATA, firstRefusal + others + advice);
    }

    /// Says that no row of a split is left to use, and why.
    WorkerFailure allLeftOut(String split) {
        String kinds = counts.values().stream()
                .filter(RowFindingCount.Builder::getLeftOut)
                .map(count -> count.getRows() + " " + count.getFinding())
                .collect(Collectors.joining(", "));
        return new WorkerFailure(
                WorkerFailure.Reason.INVALID_DATA,
                "no row of the " + split + " split is left to use"
                        + (kinds.isEmpty() ? "" : "; left out of all splits so far: " + kinds));
    }

    /// Returns the findings without a look at tokens.
    RowReport.Builder report() {
        RowReport.Builder report = RowReport.newBuilder();
        counts.values().forEach(report::addFindings);
        return report;
    }

    /// Returns the findings and what the train rows have in common.
    ///
    /// @param rows rows to learn, one or more
    RowReport report(List<TokenizedRow> rows, Tokenizer tokenizer) {
        return report().setSharedTokens(TokenizedRow.sharedBeginning(rows))
                .setTokens(rows.stream().mapToLong(TokenizedRow::length).sum())
                .setSupervisedTokens(
                        rows.stream().mapToLong(TokenizedRow::supervisedTokens).sum())
                .setTrainRows(rows.size())
                .setExample(example(rows.getFirst(), tokenizer))
                .build();
    }

    /// Writes a row as the model reads it, with every learnt part between `⟦` and `⟧`.
    private static String example(TokenizedRow row, Tokenizer tokenizer) {
        StringBuilder text = new StringBuilder();
        for (int from = 0; from < row.length() && text.length() < EXAMPLE_CHARACTERS; ) {
            boolean learnt = row.supervised()[from];
            int to = from;
            while (to < row.length() && row.supervised()[to] == learnt) {
                to++;
            }
            // Decoders strip the first space of a text, so a part is what the row's text gains by its tokens.
            String before = tokenizer.decode(Arrays.copyOf(row.ids(), from), false);
            String with = tokenizer.decode(Arrays.copyOf(row.ids(), to), false);
            String part = with.startsWith(before) ? with.substring(before.length()) : with;
            text.append(learnt ? "⟦" + part + "⟧" : part);
            from = to;
        }
        return text.length() <= EXAMPLE_CHARACTERS ? text.toString() : text.substring(0, EXAMPLE_CHARACTERS) + "…";
    }
}
