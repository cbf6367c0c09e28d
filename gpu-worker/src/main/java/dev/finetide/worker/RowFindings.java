package dev.finetide.worker;

import dev.finetide.proto.dataset.v1.FoundRow;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.training.v1.RowReport;
import dev.finetide.sft.text.Found;
import dev.finetide.sft.text.SeenRow;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.Supervision;
import dev.finetide.sft.text.TokenTexts;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.text.Tokenizer;
import dev.finetide.worker.evaluate.RowPlaces;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Counts what was found in rows by [Supervision], and decides which refused rows fail a run.
final class RowFindings {
    private static final int EXAMPLE_CHARACTERS = 4000;

    private final Set<RowFinding> leftOut;
    private final Supervision counts = new Supervision();
    private long refusedRows;
    private String firstRefusal = "";
    private RowFinding firstKind = RowFinding.ROW_FINDING_UNSPECIFIED;

    RowFindings(Set<RowFinding> leftOut) {
        this.leftOut = leftOut;
    }

    /// Counts everything that was found in a row.
    void add(SeenRow seen, SourcedRow row) {
        counts.add(seen, row.source());
    }

    /// Counts a row whose expected answer a limit cuts.
    void addLongAnswer(SourcedRow row) {
        counts.add(dev.finetide.sft.text.RowFinding.LONG_ANSWER, row.source(), "");
    }

    /// Remembers the first refused row that the settings do not leave out.
    void refuse(Found refusal, String place) {
        RowFinding kind = proto(refusal.finding());
        if (!leftOut.contains(kind)) {
            refusedRows++;
            if (firstRefusal.isEmpty()) {
                firstRefusal = place + ": " + refusal.message();
                firstKind = kind;
            }
        }
    }

    private static RowFinding proto(dev.finetide.sft.text.RowFinding finding) {
        return RowFinding.valueOf(finding.name());
    }

    /// @throws WorkerFailure INVALID_DATA when a row was refused and is not left out
    void failOnRefused(String split, int rows) {
        if (refusedRows == 0) {
            return;
        }
        String advice = "; leave_out %s (--leave-out %s) would leave such rows out"
                .formatted(firstKind, firstKind.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        String others = refusedRows == 1
                ? ""
                : "; %d of the %d rows of the %s split cannot be used".formatted(refusedRows, rows, split);
        throw new WorkerFailure(WorkerFailure.Reason.INVALID_DATA, firstRefusal + others + advice);
    }

    /// Says that no row of a split is left to use, and why.
    WorkerFailure allLeftOut(String split) {
        String kinds = counts.counts().stream()
                .filter(count -> leftOut.contains(proto(count.finding())))
                .map(count -> count.rows() + " " + count.finding())
                .collect(Collectors.joining(", "));
        return new WorkerFailure(
                WorkerFailure.Reason.INVALID_DATA,
                "no row of the " + split + " split is left to use"
                        + (kinds.isEmpty() ? "" : "; left out of all splits so far: " + kinds));
    }

    /// Returns the findings without a look at tokens.
    RowReport.Builder report() {
        RowReport.Builder report = RowReport.newBuilder();
        counts.counts().forEach(count -> report.addFindings(proto(count)));
        return report;
    }

    private RowFindingCount proto(Supervision.Count count) {
        RowFinding kind = proto(count.finding());
        RowFindingCount.Builder proto = RowFindingCount.newBuilder()
                .setFinding(kind)
                .setRows(count.rows())
                .setLeftOut(leftOut.contains(kind));
        for (Supervision.Place place : count.first()) {
            FoundRow.Builder found = FoundRow.newBuilder().setField(place.field());
            place.source().ifPresent(source -> found.setPlace(RowPlaces.of(source)));
            proto.addFirst(found);
        }
        return proto.build();
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
        int count = Math.min(EXAMPLE_CHARACTERS, row.length());
        List<String> texts = TokenTexts.of(tokenizer, row.ids(), count);
        StringBuilder text = new StringBuilder();
        for (int t = 0; t < count && text.length() < EXAMPLE_CHARACTERS; t++) {
            boolean learnt = row.supervised()[t];
            boolean before = t > 0 && row.supervised()[t - 1];
            text.append(learnt && !before ? "⟦" : "").append(texts.get(t));
            boolean after = t + 1 < row.length() && row.supervised()[t + 1];
            text.append(learnt && !after ? "⟧" : "");
        }
        return text.length() <= EXAMPLE_CHARACTERS ? text.toString() : text.substring(0, EXAMPLE_CHARACTERS) + "…";
    }
}
