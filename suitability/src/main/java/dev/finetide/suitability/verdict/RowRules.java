package dev.finetide.suitability.verdict;

import static dev.finetide.metrics.fitness.FitnessRules.FEWEST_QUESTIONS;
import static dev.finetide.metrics.fitness.FitnessRules.FEW_QUESTIONS;
import static dev.finetide.metrics.fitness.FitnessRules.FEW_ROWS_A_LABEL;
import static dev.finetide.metrics.fitness.FitnessRules.FEW_SHOT_QUESTIONS;
import static dev.finetide.metrics.fitness.FitnessRules.MOST_WRONG_LABELS;
import static dev.finetide.metrics.fitness.FitnessRules.SOME_WRONG_LABELS;
import static dev.finetide.metrics.fitness.FitnessRules.STEEP;
import static dev.finetide.metrics.fitness.FitnessRules.TELLS_LABELS;
import static dev.finetide.metrics.fitness.FitnessRules.TOLERATED_CONTRADICTIONS;
import static dev.finetide.metrics.fitness.FitnessRules.TOLERATED_ENTROPY;
import static dev.finetide.metrics.fitness.FitnessRules.VOUCHES_FOR_LABELS;

import dev.finetide.metrics.fitness.FitnessRules;
import dev.finetide.proto.dataset.v1.Baseline;
import dev.finetide.proto.dataset.v1.ContradictionsSection;
import dev.finetide.proto.dataset.v1.CurvePoint;
import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.LabelIssuesSection;
import dev.finetide.proto.dataset.v1.LearningCurveSection;
import dev.finetide.proto.dataset.v1.RelationSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReportOrBuilder;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Rules about the rows as a whole: whether they agree with each other, and whether they are enough.
final class RowRules {
    private final Evidence evidence;
    private final VersionCommands commands;
    private final SuitabilityReportOrBuilder report;

    RowRules(Evidence evidence, VersionCommands commands) {
        this.evidence = evidence;
        this.commands = commands;
        this.report = evidence.report();
    }

    /// Judges rows so few that nothing can be measured with them.
    Optional<Judgement> hardlyAny() {
        long questions = evidence.questions();
        return questions >= FEWEST_QUESTIONS
                ? Optional.empty()
                : Optional.of(Judgement.against(
                                Fitness.MEND_FIRST,
                                format(
                                        "Too little to learn or to measure anything: %s with %s.",
                                        count(evidence.rows(), "train row"), count(questions, "different question")),
                                questions,
                                FEWEST_QUESTIONS)
                        .withStep(commands.push()));
    }

    /// Judges rows that all have the same answer.
    Optional<Judgement> oneAnswer() {
        return report.hasRelation() && report.getRelation().getAnswerEntropy() == 0 && evidence.rows() > 1
                ? Optional.of(Judgement.against(
                        Fitness.PREFER_PROMPTING, "All answers are equal: there is nothing to learn.", 0, 0))
                : Optional.empty();
    }

    /// Judges whether equal questions have equal answers.
    Optional<Judgement> contradictions() {
        if (!report.hasContradictions()) {
            return Optional.empty();
        }
        ContradictionsSection found = report.getContradictions();
        long rows = found.getEqual().getRows() + found.getNear().getRows();
        long of = found.getEqual().getOf();
        double share = of == 0 ? 0 : (double) rows / of;
        if (!FitnessRules.contradict(rows, of)) {
            return Optional.of(Judgement.forTuning(
                    format("%,d of %,d rows contradict others.", rows, of), share, TOLERATED_CONTRADICTIONS));
        }
        RelationSection relation = report.getRelation();
        boolean noFunction = relation.hasConditionalEntropy()
                && FitnessRules.isNoFunction(share, relation.getAnswerEntropy(), relation.getConditionalEntropy());
        Judgement judgement = noFunction
                ? Judgement.against(
                        Fitness.PREFER_PROMPTING,
                        format(
                                "%,d of %,d rows contradict others, and knowing the question leaves %.2f of %.2f bits of the answer: a model that learns them learns the contradictions.",
                                rows, of, relation.getConditionalEntropy(), relation.getAnswerEntropy()),
                        relation.getConditionalEntropy() / relation.getAnswerEntropy(),
                        TOLERATED_ENTROPY)
                : Judgement.against(
                        Fitness.MEND_FIRST,
                        format(
                                "%,d of %,d rows have a question that stands there again with another answer.",
                                rows, of),
                        share,
                        TOLERATED_CONTRADICTIONS);
        List<RowFound> rowsToMend = found.getExamplesList().stream()
                .filter(row -> row.getKind() != FoundKind.REWORDED)
                .toList();
        return Optional.of(judgement.withRows(rowsToMend).withStep(commands.found("contradiction")));
    }

    /// Judges whether labels are right.
    Optional<Judgement> labels() {
        if (!report.hasLabelIssues()) {
            return Optional.empty();
        }
        LabelIssuesSection found = report.getLabelIssues();
        double rate = found.getNoiseRate();
        String sentence = format(
                "%.1f %% of the labels are probably wrong: %,d rows of %,d are suspected.",
                100 * rate, found.getSuspected().getRows(), found.getSuspected().getOf());
        if (rate <= SOME_WRONG_LABELS) {
            return Optional.of(Judgement.forTuning(sentence, rate, SOME_WRONG_LABELS));
        }
        if (evidence.skill().filter(skill -> skill < TELLS_LABELS).isPresent()) {
            return Optional.of(Judgement.against(
                            Fitness.FITS_WITH_CAUTION,
                            format(
                                    "%,d rows of %,d are suspected of a wrong label, but the words of a question hardly tell its label: look at some of them first.",
                                    found.getSuspected().getRows(),
                                    found.getSuspected().getOf()),
                            rate,
                            SOME_WRONG_LABELS)
                    .withRows(found.getExamplesList())
                    .withStep(commands.found("label-issue")));
        }
        boolean many = rate > MOST_WRONG_LABELS;
        if (many
                && evidence.skill().filter(skill -> skill >= VOUCHES_FOR_LABELS).isPresent()) {
            return Optional.of(doubted(found, rate));
        }
        return Optional.of(Judgement.against(
                        many ? Fitness.MEND_FIRST : Fitness.FITS_WITH_CAUTION,
                        sentence,
                        rate,
                        many ? MOST_WRONG_LABELS : SOME_WRONG_LABELS)
                .withRows(found.getExamplesList())
                .withStep(commands.suggestions(), commands.derive(VersionCommands.RELABEL)));
    }

    /// Doubts labels that held-out rows vouch for: what is learnt of them answers nearly all rows right.
    private Judgement doubted(LabelIssuesSection found, double rate) {
        Baseline best = evidence.bestBaseline().orElseThrow();
        return Judgement.against(
                        Fitness.FITS_WITH_CAUTION,
                        format(
                                "%,d rows of %,d are suspected of a wrong label, but the %s answers %.1f %% of held-out rows right: look at some of them first.",
                                found.getSuspected().getRows(),
                                found.getSuspected().getOf(),
                                best.getName(),
                                100 * best.getValue()),
                        rate,
                        MOST_WRONG_LABELS)
                .withRows(found.getExamplesList())
                .withStep(commands.found("label-issue"));
    }

    /// Judges whether there are enough rows to train on.
    Optional<Judgement> enough() {
        long questions = evidence.questions();
        if (questions < FEW_SHOT_QUESTIONS) {
            return Optional.of(Judgement.against(
                            fewRows(),
                            format(
                                    fewRows() == Fitness.PREFER_FEW_SHOT
                                            ? "%s %s few: some of them as examples in the prompt do as well."
                                            : "%s %s few: compare training with examples in the prompt.",
                                    count(questions, "different question"),
                                    questions == 1 ? "is" : "are"),
                            questions,
                            FEW_SHOT_QUESTIONS)
                    .withStep(commands.advise()));
        }
        return Optional.of(Judgement.forTuning(
                format(
                        "The train split has %s with %s.",
                        count(evidence.rows(), "row"), count(questions, "different question")),
                questions,
                FEW_SHOT_QUESTIONS));
    }

    /// Returns the path of few rows. Fields of JSON are learnt better than shown, already by 12 rows: see the bake-offs
    /// of the calibration.
    private Fitness fewRows() {
        return evidence.isTask("json_extraction") ? Fitness.FITS_WITH_CAUTION : Fitness.PREFER_FEW_SHOT;
    }

    /// Judges labels of a few rows each. Where a linear model learns them all the same, it comes first.
    Optional<Judgement> rowsOfLabel() {
        double rowsALabel = evidence.rowsOfLabel();
        return evidence.isClassification() && rowsALabel < FEW_ROWS_A_LABEL
                ? Optional.of(Judgement.against(
                                Fitness.PREFER_FEW_SHOT,
                                format(
                                        "%,d labels have %.1f rows each, on average.",
                                        report.getContents().getClassesCount(), rowsALabel),
                                rowsALabel,
                                FEW_ROWS_A_LABEL)
                        .withStep(commands.push()))
                : Optional.empty();
    }

    /// Judges whether more rows would help.
    Optional<Judgement> curve() {
        LearningCurveSection curve = report.getLearningCurve();
        if (!curve.hasDoubled()) {
            return stillRising(curve);
        }
        double best = Evidence.bestOf(curve.getMetric());
        double now = curve.getPoints(curve.getPointsCount() - 1).getValue();
        double gain = (curve.getDoubled() - now) / best;
        String sentence = format(
                "Twice the rows would bring the %s from %s %.3f to %.3f [%.3f, %.3f].",
                curve.getBaseline(),
                curve.getMetric(),
                now,
                curve.getDoubled(),
                curve.getDoubledLow(),
                curve.getDoubledHigh());
        if (gain < STEEP) {
            return Optional.of(Judgement.forTuning(sentence, gain, STEEP));
        }
        return Optional.of(moreRows(sentence, gain));
    }

    private Judgement moreRows(String sentence, double gain) {
        Fitness path = evidence.questions() < FEW_QUESTIONS ? fewRows() : Fitness.FITS_WITH_CAUTION;
        return Judgement.against(path, sentence, gain, STEEP).withStep(commands.push());
    }

    /// Judges a curve without a forecast: whether its last doubling brought a clear gain.
    private Optional<Judgement> stillRising(LearningCurveSection curve) {
        if (curve.getPointsCount() < 2) {
            return Optional.empty();
        }
        CurvePoint last = curve.getPoints(curve.getPointsCount() - 1);
        CurvePoint half = curve.getPointsList().stream()
                .min(Comparator.comparingLong(point -> Math.abs(2 * point.getTrainRows() - last.getTrainRows())))
                .orElseThrow();
        double gain = (last.getValue() - half.getValue()) / Evidence.bestOf(curve.getMetric());
        return gain >= 2 * STEEP && last.getLow() > half.getValue()
                ? Optional.of(moreRows(
                        format(
                                "The %s still gains: %,d rows bring %s %.3f, %,d rows %.3f.",
                                curve.getBaseline(),
                                half.getTrainRows(),
                                curve.getMetric(),
                                half.getValue(),
                                last.getTrainRows(),
                                last.getValue()),
                        gain))
                : Optional.empty();
    }

    /// Counts things: "1 row", "2,000 rows".
    private static String count(long number, String thing) {
        return format(number == 1 ? "%,d %s" : "%,d %ss", number, thing);
    }

    private static String format(String sentence, Object... numbers) {
        return String.format(Locale.ROOT, sentence, numbers);
    }
}
