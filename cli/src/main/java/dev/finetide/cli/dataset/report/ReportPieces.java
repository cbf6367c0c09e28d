package dev.finetide.cli.dataset.report;

import dev.finetide.cli.output.Formats;
import dev.finetide.proto.dataset.v1.Baseline;
import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.proto.dataset.v1.ContradictionsSection;
import dev.finetide.proto.dataset.v1.CurvePoint;
import dev.finetide.proto.dataset.v1.Distribution;
import dev.finetide.proto.dataset.v1.DuplicatesSection;
import dev.finetide.proto.dataset.v1.LabelIssuesSection;
import dev.finetide.proto.dataset.v1.LastingSection;
import dev.finetide.proto.dataset.v1.LearningCurveSection;
import dev.finetide.proto.dataset.v1.PermissionSection;
import dev.finetide.proto.dataset.v1.RelationSection;
import dev.finetide.proto.dataset.v1.ShareOf;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import dev.finetide.proto.dataset.v1.WithBaseSection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Turns the sections of a report into parts for people, in their order. A section that is absent makes
/// no part.
final class ReportPieces {
    private static final int MOST_BARS = 12;

    private ReportPieces() {}

    static List<ReportPart> of(SuitabilityReport report) {
        List<ReportPart> parts = new ArrayList<>();
        if (report.hasContents()) {
            parts.add(contents(report.getContents()));
        }
        if (report.hasDuplicates()) {
            parts.add(duplicates(report.getDuplicates()));
        }
        if (report.hasContradictions()) {
            parts.add(contradictions(report.getContradictions()));
        }
        if (report.hasLabelIssues()) {
            parts.add(labelIssues(report.getLabelIssues()));
        }
        if (report.hasRelation()) {
            parts.add(relation(report.getRelation()));
        }
        if (report.hasLearningCurve()) {
            parts.add(learningCurve(report.getLearningCurve()));
        }
        if (report.hasLasting()) {
            parts.add(lasting(report.getLasting()));
        }
        if (report.hasPermission()) {
            parts.add(permission(report.getPermission()));
        }
        if (report.hasWithBase()) {
            parts.add(withBase(report.getWithBase()));
        }
        return parts;
    }

    private static ReportPart contents(ContentsSection contents) {
        ReportPart.Builder part = new ReportPart.Builder("What is in it");
        for (ContentsSection.Part rows : contents.getPartsList()) {
            part.fact("%s %s: %s%s%s"
                    .formatted(
                            rows.getField(),
                            rows.getValue(),
                            Numbers.count(rows.getRows(), "rows"),
                            rows.hasQuestionWords()
                                    ? ", question of "
                                            + words(rows.getQuestionWords().getMedian())
                                    : "",
                            rows.hasAnswerWords()
                                    ? ", answer of "
                                            + words(rows.getAnswerWords().getMedian())
                                    : ""));
        }
        part.fact(
                        !contents.getTask().isEmpty(),
                        "task: %s (%s)".formatted(contents.getTask(), contents.getTaskReason()))
                .fact(contents.hasBalance(), "balance of the classes: %.2f of 1".formatted(contents.getBalance()))
                .fact(contents.getWithTools().getRows() > 0, "with tools: " + Numbers.share(contents.getWithTools()))
                .fact(
                        contents.getWithSystem().getRows() > 0,
                        "with a system prompt: " + Numbers.share(contents.getWithSystem()))
                .fact(
                        contents.getJsonAnswers().getRows() > 0,
                        "answers that are JSON: " + Numbers.share(contents.getJsonAnswers()))
                .fact(
                        contents.getJsonAnswers().getRows() > 0,
                        "of these, with the fields of most: " + Numbers.share(contents.getOneSchema()))
                .fact(
                        contents.getSchemaFieldsCount() > 0,
                        "these fields: " + String.join(", ", contents.getSchemaFieldsList()))
                .fact(
                        !contents.getQuestionBeginning().isEmpty(),
                        "every question begins with: " + contents.getQuestionBeginning())
                .fact(
                        !contents.getAnswerBeginning().isEmpty(),
                        "every answer begins with: " + contents.getAnswerBeginning())
                .fact(
                        !contents.getSystemBeginning().isEmpty(),
                        "every system prompt begins with: " + contents.getSystemBeginning());
        contents.getPartsList().stream()
                .filter(rows ->
                        rows.getField().equals("split") && rows.getValue().equals("train"))
                .forEach(rows -> sizes(rows, part));
        shares("Languages", contents.getLanguagesList(), part);
        shares("Answer classes", contents.getClassesList(), part);
        return part.examples(contents.getOddAnswersList()).build();
    }

    private static String words(double median) {
        return Numbers.count(median, "words");
    }

    private static void sizes(ContentsSection.Part rows, ReportPart.Builder part) {
        if (differ(rows.getQuestionWords())) {
            part.chart(new Chart.Histogram("Words of the questions of train", "words", rows.getQuestionWords()));
        }
        if (differ(rows.getAnswerWords())) {
            part.chart(new Chart.Histogram("Words of the answers of train", "words", rows.getAnswerWords()));
        }
        if (differ(rows.getTurns())) {
            part.chart(new Chart.Histogram("Turns of the rows of train", "turns", rows.getTurns()));
        }
    }

    /// Whether rows have different sizes: one size makes no plot.
    private static boolean differ(Distribution sizes) {
        return sizes.getMax() > sizes.getMin();
    }

    private static void shares(String title, List<ShareOf> shares, ReportPart.Builder part) {
        long all = shares.stream().mapToLong(ShareOf::getRows).sum();
        if (all == 0) {
            return;
        }
        List<Chart.Bar> bars = new ArrayList<>();
        for (ShareOf share : shares.subList(0, Math.min(MOST_BARS, shares.size()))) {
            bars.add(new Chart.Bar(
                    share.getName(),
                    (double) share.getRows() / all,
                    Numbers.count(share.getRows(), "rows") + ", " + Numbers.percent((double) share.getRows() / all)));
        }
        String more = shares.size() > MOST_BARS ? ", the first %d of %d".formatted(MOST_BARS, shares.size()) : "";
        part.chart(new Chart.Bars(title + more, bars));
    }

    private static ReportPart duplicates(DuplicatesSection duplicates) {
        ReportPart.Builder part = new ReportPart.Builder("Duplicates and leaks")
                .fact("rows that equal an earlier one: " + Numbers.share(duplicates.getExactRows()))
                .fact("questions that equal an earlier one: " + Numbers.share(duplicates.getExactQuestions()))
                .fact("questions that are near to an earlier one: " + Numbers.share(duplicates.getNearQuestions()));
        for (DuplicatesSection.SplitLeak leak : duplicates.getLeaksList()) {
            part.fact("questions of %s that stand in %s: equal %s, equal or near %s"
                    .formatted(
                            leak.getSplit(),
                            leak.getEarlier(),
                            Numbers.share(leak.getEqual()),
                            Numbers.share(leak.getNear())));
        }
        return part.examples(duplicates.getExamplesList()).build();
    }

    private static ReportPart contradictions(ContradictionsSection contradictions) {
        return new ReportPart.Builder("Contradictions")
                .fact("equal question, another answer: " + Numbers.share(contradictions.getEqual()))
                .fact("near question, another answer: " + Numbers.share(contradictions.getNear()))
                .fact(
                        contradictions.getReworded().getRows() > 0,
                        "equal question, an answer in other words, which only a reader can judge (--found reworded): "
                                + Numbers.share(contradictions.getReworded()))
                .examples(contradictions.getExamplesList())
                .build();
    }

    private static ReportPart labelIssues(LabelIssuesSection issues) {
        ReportPart.Builder part = new ReportPart.Builder("Labels that are probably wrong")
                .fact("suspected: " + Numbers.share(issues.getSuspected()))
                .fact("expected share of wrong labels: " + Numbers.percent(issues.getNoiseRate()));
        issues.getPairsList()
                .forEach(pair -> part.fact("%s where %s is suggested: %s"
                        .formatted(pair.getGiven(), pair.getSuggested(), Numbers.count(pair.getRows(), "rows"))));
        return part.examples(issues.getExamplesList()).build();
    }

    private static ReportPart relation(RelationSection relation) {
        ReportPart.Builder part = new ReportPart.Builder("Is the answer a function of the question?")
                .fact("entropy of the answers: %s bits%s"
                        .formatted(
                                Numbers.size(relation.getAnswerEntropy()),
                                relation.hasConditionalEntropy()
                                        ? ", of which the question leaves "
                                                + Numbers.size(relation.getConditionalEntropy())
                                        : ""))
                .fact(
                        relation.hasInQuestion(),
                        "the answer stands in the question: " + Numbers.share(relation.getInQuestion()))
                .fact(
                        relation.hasInOtherRows(),
                        "the answer stands in another row: " + Numbers.share(relation.getInOtherRows()))
                .fact(relation.hasNowhere(), "the answer stands nowhere: " + Numbers.share(relation.getNowhere()))
                .fact(
                        relation.hasReckonable(),
                        "the answer may be reckoned from numbers of the question: "
                                + Numbers.share(relation.getReckonable()))
                .fact("words of an answer that its question has: " + Numbers.percent(relation.getCopiedWords()))
                .fact(
                        relation.hasInputOutputCorrelation(),
                        "rank correlation of near questions and near answers: %.2f"
                                .formatted(relation.getInputOutputCorrelation()));
        List<Chart.Bar> bars = new ArrayList<>();
        for (Baseline baseline : relation.getBaselinesList()) {
            bars.add(new Chart.Bar(
                    baseline.getName(),
                    Math.clamp(Numbers.part(baseline.getValue(), relation.getMetric()), 0, 1),
                    String.format(
                            Locale.ROOT,
                            "%.3f (%.3f to %.3f)%s",
                            baseline.getValue(),
                            baseline.getLow(),
                            baseline.getHigh(),
                            baseline.hasExchanged()
                                    ? String.format(Locale.ROOT, "; %.3f on other questions", baseline.getExchanged())
                                    : "")));
        }
        if (!bars.isEmpty()) {
            part.chart(new Chart.Bars("What a tuned model must beat, by " + relation.getMetric(), bars));
        }
        return part.build();
    }

    private static ReportPart learningCurve(LearningCurveSection curve) {
        ReportPart.Builder part = new ReportPart.Builder("Is it enough?");
        List<CurvePoint> doubled = new ArrayList<>();
        if (curve.hasDoubled() && curve.getPointsCount() > 0) {
            part.fact(String.format(
                    Locale.ROOT,
                    "twice the rows would bring %s to %.3f (%.3f to %.3f)",
                    curve.getMetric(),
                    curve.getDoubled(),
                    curve.getDoubledLow(),
                    curve.getDoubledHigh()));
            doubled.add(CurvePoint.newBuilder()
                    .setTrainRows(curve.getPoints(curve.getPointsCount() - 1).getTrainRows() * 2)
                    .setValue(curve.getDoubled())
                    .setLow(curve.getDoubledLow())
                    .setHigh(curve.getDoubledHigh())
                    .build());
        }
        if (curve.getPointsCount() > 0) {
            part.chart(new Chart.Curve(
                    "%s of the %s by train rows".formatted(curve.getMetric(), curve.getBaseline()),
                    curve.getMetric(),
                    curve.getPointsList(),
                    doubled));
        }
        return part.build();
    }

    private static ReportPart lasting(LastingSection lasting) {
        ReportPart.Builder part = new ReportPart.Builder("Will it last?")
                .fact("answers that look perishable: " + Numbers.share(lasting.getPerishable()));
        kinds(lasting.getKindsList(), part);
        return part.examples(lasting.getExamplesList()).build();
    }

    private static void kinds(List<ShareOf> kinds, ReportPart.Builder part) {
        kinds.forEach(kind -> part.fact("%s: %s".formatted(kind.getName(), Numbers.count(kind.getRows(), "rows"))));
    }

    private static ReportPart permission(PermissionSection permission) {
        ReportPart.Builder part = new ReportPart.Builder("May it be used?")
                .fact("rows with personal data: " + Numbers.share(permission.getPersonal()));
        kinds(permission.getKindsList(), part);
        part.fact(permission.hasRefusals(), "answers that refuse: " + Numbers.share(permission.getRefusals()))
                .fact(
                        permission.hasBoilerplate(),
                        "answers with boilerplate: " + Numbers.share(permission.getBoilerplate()))
                .fact(permission.hasUnsafe(), "unsafe texts: " + Numbers.share(permission.getUnsafe()));
        permission
                .getLicencesList()
                .forEach(licence -> part.fact(
                        "licence %s: %s".formatted(licence.getName(), Numbers.count(licence.getRows(), "rows"))));
        return part.examples(permission.getExamplesList()).build();
    }

    private static ReportPart withBase(WithBaseSection base) {
        ReportPart.Builder part = new ReportPart.Builder("As the base reads it")
                .fact("base %s, context of %s tokens"
                        .formatted(
                                base.getBase().substring(base.getBase().lastIndexOf('/') + 1),
                                Formats.count(base.getContextTokens())))
                .fact(base.hasBeyondContext(), "rows beyond the context: " + Numbers.share(base.getBeyondContext()));
        for (SupervisionReport split : base.getSupervisionList()) {
            long refused = split.getFindingsList().stream()
                    .filter(found -> found.getRows() > 0)
                    .count();
            part.fact("%s: %s of %s tokens are learnt%s"
                    .formatted(
                            split.getSplit(),
                            Formats.count(split.getLearntTokens()),
                            Formats.count(split.getTokens()),
                            refused == 0 ? "" : "; see finetide dataset tokens for what was found"));
        }
        for (WithBaseSection.SplitTokens split : base.getSplitsList()) {
            if (differ(split.getTokens())) {
                part.chart(
                        new Chart.Histogram("Tokens of the rows of " + split.getSplit(), "tokens", split.getTokens()));
            }
        }
        if (base.hasLoss()) {
            part.fact("loss of the untrained base, nats a learnt token: " + Numbers.sizes(base.getLoss()));
        }
        if (differ(base.getLoss())) {
            part.chart(
                    new Chart.Histogram("Loss of the untrained base, by row", "nats a learnt token", base.getLoss()));
        }
        return part.examples(base.getSurprisingList()).build();
    }
}
