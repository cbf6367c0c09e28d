package dev.finetide.suitability.verdict;

import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.SuitabilityReportOrBuilder;
import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.sample.RowSample;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Says which path the report forecasts. The first rule that points away from training decides; a rule for caution
/// does where none does. Limits stand in [dev.finetide.metrics.fitness.FitnessRules], which advice uses, too.
public final class Verdict implements Section {
    private static final int MOST_STEPS = 6;

    private final VersionCommands commands;

    /// @param version the dataset version: "projects/default/datasets/support/versions/3"
    public Verdict(String version) {
        this.commands = VersionCommands.of(version);
    }

    @Override
    public ReportSection kind() {
        return ReportSection.VERDICT;
    }

    @Override
    public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) {
        long learnt = RowSample.learnt(rows).map(rows::rows).orElse(0L);
        Optional<SuitabilityVerdict> verdict = verdict(report, learnt);
        if (verdict.isEmpty()) {
            new NotMeasured(kind(), report)
                    .add("the path", "neither contradictions nor the relation of questions and answers were measured");
        }
        report.setVerdict(verdict.orElseGet(() -> SuitabilityVerdict.newBuilder()
                .setFitness(Fitness.NOT_MEASURABLE)
                .setSentence(sentence(Fitness.NOT_MEASURABLE))
                .build()));
    }

    /// Returns the verdict; empty where nothing that it rests on was measured.
    ///
    /// @param rows rows of the split that would be learnt
    Optional<SuitabilityVerdict> verdict(SuitabilityReportOrBuilder report, long rows) {
        if (!report.hasRelation() && !report.hasContradictions()) {
            return Optional.empty();
        }
        Evidence evidence = new Evidence(report, rows);
        List<Judgement> judgements = judgements(evidence);
        Fitness fitness = fitness(evidence, judgements);
        SuitabilityVerdict.Builder verdict =
                SuitabilityVerdict.newBuilder().setFitness(fitness).setSentence(sentence(fitness));
        Stream.concat(
                        judgements.stream()
                                .filter(judgement -> judgement.reason().getSpeaksFor()),
                        judgements.stream()
                                .filter(judgement -> !judgement.reason().getSpeaksFor())
                                .sorted((one, other) -> Boolean.compare(isCaution(one), isCaution(other))))
                .forEach(judgement -> verdict.addReasons(judgement.reason()));
        Set<String> steps = new LinkedHashSet<>();
        judgements.stream()
                .sorted((one, other) -> Boolean.compare(isCaution(one), isCaution(other)))
                .forEach(judgement -> steps.addAll(judgement.steps()));
        if (steps.isEmpty()) {
            steps.add(commands.advise());
        }
        return Optional.of(verdict.addAllNextSteps(
                        commands.joined(steps).stream().limit(MOST_STEPS).toList())
                .build());
    }

    private List<Judgement> judgements(Evidence evidence) {
        RowRules rows = new RowRules(evidence, commands);
        AnswerRules answers = new AnswerRules(evidence, commands);
        return Stream.concat(
                        Stream.of(
                                        rows.hardlyAny(),
                                        rows.oneAnswer(),
                                        // Before contradictions: the price of each day contradicts the last one's.
                                        answers.perishable(),
                                        rows.contradictions(),
                                        rows.labels(),
                                        answers.calls(),
                                        answers.lookUp(),
                                        rows.enough(),
                                        answers.linear(),
                                        rows.rowsOfLabel(),
                                        answers.related(),
                                        rows.curve())
                                .flatMap(Optional::stream),
                        new CautionRules(evidence, commands).all().stream())
                .toList();
    }

    private static boolean isCaution(Judgement judgement) {
        return judgement.path() == Fitness.FITS_WITH_CAUTION;
    }

    private static Fitness fitness(Evidence evidence, List<Judgement> judgements) {
        Optional<Fitness> away = judgements.stream()
                .map(Judgement::path)
                .filter(path -> path != Fitness.FITS && path != Fitness.FITS_WITH_CAUTION)
                .findFirst();
        boolean caution = judgements.stream().anyMatch(Verdict::isCaution)
                || !evidence.report().hasRelation()
                || evidence.bestBaseline().isEmpty();
        return away.orElse(caution ? Fitness.FITS_WITH_CAUTION : Fitness.FITS);
    }

    private static String sentence(Fitness fitness) {
        return switch (fitness) {
            case FITS -> "Fine-tuning fits these rows.";
            case FITS_WITH_CAUTION -> "Fine-tuning fits these rows, with caution.";
            case PREFER_PROMPTING -> "Prefer a prompt: these rows teach nothing that a model could rely on.";
            case PREFER_FEW_SHOT -> "Prefer examples in the prompt, and collect more rows.";
            case PREFER_RETRIEVAL -> "Prefer looking answers up.";
            case PREFER_FUNCTION_CALLS -> "Prefer calls of functions.";
            case PREFER_LINEAR_MODEL -> "Prefer a linear model of words: no language model is needed.";
            case MEND_FIRST -> "Mend the rows first.";
            case NOT_MEASURABLE, FITNESS_UNSPECIFIED, UNRECOGNIZED -> "Whether fine-tuning fits cannot be measured.";
        };
    }
}
