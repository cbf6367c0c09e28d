package dev.finetide.eval;

import dev.finetide.metrics.fitness.FitnessRules;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Behaviour;
import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.DataFindings;
import dev.finetide.proto.evaluation.v1.EvaluationReportOrBuilder;
import dev.finetide.proto.evaluation.v1.Recommendation;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// Chooses the path to take: the cheapest arm that no other arm beats, in the order prompt, linear model,
/// few-shot, retrieval, LoRA, full, elsewhere. Labels that contradict each other rule out the arms that have learnt
/// them, because such a model learns the contradictions. The rules stand in this service's RATIONALE.
final class Recommender {
    /// Score of a metric from 0 to 1 below which a larger base is worth a try.
    private static final double WEAK = 0.7;

    private static final String INVENTED = "invented_call";
    private static final String INVALID = "invalid_arguments";

    private final EvaluationReportOrBuilder report;
    private final DataFindings data;
    private final String metric;
    private final List<ArmReport> arms;

    Recommender(EvaluationReportOrBuilder report, DataFindings data) {
        this.report = report;
        this.data = data;
        this.metric = report.getMetrics(0);
        this.arms = report.getArmsList().stream()
                .filter(arm -> !arm.hasError() && arm.containsScores(metric))
                .toList();
    }

    Recommendation recommendation() {
        boolean contradicting = FitnessRules.contradict(data.getContradictingRows(), data.getTrainRows());
        List<ArmReport> candidates = contradicting
                ? arms.stream().filter(arm -> !ArmCosts.hasLearnt(arm)).toList()
                : arms;
        List<ArmReport> useful = candidates.stream().filter(this::isUseful).toList();
        if (useful.isEmpty()) {
            return contradicting || candidates.isEmpty() ? nothing(contradicting) : hopeless(candidates);
        }
        ArmReport pick = cheapestUnbeaten(useful);
        Recommendation.Builder recommendation = Recommendation.newBuilder()
                .setArm(pick.getArm())
                .setPath(pick.getPath())
                .setAdvice(advice(pick, contradicting))
                .addAllReasons(reasons(pick, candidates));
        if (contradicting) {
            recommendation.addReasons(contradiction());
        }
        return recommendation
                .addAllWouldChange(wouldChange(pick, contradicting))
                .addAllCautions(cautions(pick))
                .build();
    }

    /// Names how the choice is asked otherwise than it was trained, what can be copied, the slices in which the
    /// choice is worse than the base, and what training has made worse beside the task.
    private List<String> cautions(ArmReport pick) {
        Stream<String> leaks = data.getAnswerLeaks().getFound() > 0 && looksUp(pick)
                ? Stream.of(
                        "%,d of %,d expected answers stand word for word in the train rows, where passages may be looked up"
                                .formatted(
                                        data.getAnswerLeaks().getFound(),
                                        data.getAnswerLeaks().getChecked()))
                : Stream.of();
        return Stream.of(pick.getCautionsList().stream(), leaks, worseSlices(pick).stream(), worseBehaviours(pick))
                .flatMap(cautions -> cautions)
                .toList();
    }

    /// Names the sides of the choice's behaviour beside the task that are worse than the base's.
    private Stream<String> worseBehaviours(ArmReport pick) {
        return report.getBehavioursList().stream()
                .filter(found -> found.getArm().equals(pick.getArm()) && found.getVerdict() == Verdict.WORSE)
                .map(Behaviour::getWords);
    }

    private static boolean looksUp(ArmReport arm) {
        return switch (arm.getPath()) {
            case RETRIEVAL, LORA_RETRIEVAL, FULL_RETRIEVAL -> true;
            default -> false;
        };
    }

    private List<String> worseSlices(ArmReport pick) {
        return report.getSlicesList().stream()
                .flatMap(slice -> slice.getComparisonsList().stream()
                        .filter(pair -> pair.getArm().equals(pick.getArm()) && pair.getVerdict() == Verdict.WORSE)
                        .map(pair -> "%s %s (%,d rows): %s"
                                .formatted(
                                        slice.getField(),
                                        slice.getValue(),
                                        slice.getRows(),
                                        Comparisons.sentence(pair))))
                .toList();
    }

    private Recommendation nothing(boolean contradicting) {
        Recommendation.Builder none = Recommendation.newBuilder();
        if (contradicting && !arms.isEmpty()) {
            return none.setAdvice("Do not train on these rows: mend the contradicting answers first.")
                    .addReasons(contradiction())
                    .addWouldChange("one answer for each question; untrained arms to compare with")
                    .build();
        }
        return none.setAdvice("No arm can be recommended, because none has a score.")
                .build();
    }

    /// Recommends no arm, because none gives one right answer.
    private Recommendation hopeless(List<ArmReport> candidates) {
        return Recommendation.newBuilder()
                .setAdvice("Take none of these arms: none of them gets %s above 0 with this base.".formatted(metric))
                .addReasons("%d arms have %s 0.000 on %d rows".formatted(candidates.size(), metric, report.getRows()))
                .addWouldChange("a larger base, more train rows or longer training")
                .addWouldChange("another metric, if single answers are nearly right: see finetide eval watch")
                .build();
    }

    /// Returns the first arm in the order of costs that no other one is better than. Among arms of one
    /// path, the one with the best score is the first, because it costs the same.
    private ArmReport cheapestUnbeaten(List<ArmReport> candidates) {
        return candidates.stream()
                .filter(arm -> candidates.stream().noneMatch(other -> isBetter(other, arm)))
                .min(Comparator.comparing(ArmReport::getPath)
                        .thenComparing(arm -> candidates.stream()
                                .filter(other -> difference(other, arm) > 0)
                                .count()))
                .orElseThrow();
    }

    /// Whether an arm gives a right answer at all. An arm that gives none is no path, however cheap it
    /// is and however few rows there are.
    private boolean isUseful(ArmReport arm) {
        return !isFraction() || arm.getScoresOrThrow(metric).getValue() > 0;
    }

    private boolean isBetter(ArmReport one, ArmReport other) {
        return comparison(one, other)
                .filter(found -> found.getVerdict() == Verdict.BETTER)
                .isPresent();
    }

    private double difference(ArmReport one, ArmReport other) {
        return comparison(one, other).map(Comparison::getDifference).orElse(0.0);
    }

    /// Returns the comparison by the primary metric, turned so that the first arm is the one in front.
    private Optional<Comparison> comparison(ArmReport one, ArmReport other) {
        return report.getComparisonsList().stream()
                .filter(pair -> pair.getMetric().equals(metric))
                .flatMap(pair -> Comparisons.turned(pair, one.getArm(), other.getArm()).stream())
                .findFirst();
    }

    private String advice(ArmReport pick, boolean contradicting) {
        String advice = PathAdvice.of(pick, report.getTask(), arms.stream().anyMatch(ArmCosts::isTrained));
        if (contradicting) {
            return "Do not train on these rows: mend the contradicting answers first. Until then: " + advice;
        }
        return pick.getApproved()
                ? "Keep the approved version (arm %s): nothing is better.".formatted(pick.getArm())
                : advice;
    }

    private List<String> reasons(ArmReport pick, List<ArmReport> candidates) {
        List<String> reasons = new ArrayList<>();
        var score = pick.getScoresOrThrow(metric);
        reasons.add("%s has %s %s [%s, %s] on %d rows"
                .formatted(
                        pick.getArm(),
                        metric,
                        number(score.getValue()),
                        number(score.getLow()),
                        number(score.getHigh()),
                        score.getRows()));
        for (ArmReport other : candidates) {
            if (!other.getArm().equals(pick.getArm())) {
                comparison(pick, other).map(Comparisons::sentence).ifPresent(reasons::add);
            }
        }
        if (report.getTask() == Task.CLASSIFICATION
                && metric.equals("accuracy")
                && score.getLow() <= data.getMajorityShare()) {
            reasons.add(
                    "always giving the most frequent train answer would be right for %s of the train rows, which %s does not clearly beat"
                            .formatted(number(data.getMajorityShare()), pick.getArm()));
        }
        calls(pick).ifPresent(reasons::add);
        costs(pick).ifPresent(reasons::add);
        if (pick.getPriceOf1000Requests() > 0) {
            reasons.add("1,000 requests to %s cost %s by its prices"
                    .formatted(pick.getArm(), number(pick.getPriceOf1000Requests())));
        }
        return reasons;
    }

    /// Says how many answers a system could not run, where answers are calls of functions.
    private static Optional<String> calls(ArmReport pick) {
        if (!pick.containsScores(INVENTED) || !pick.containsScores(INVALID)) {
            return Optional.empty();
        }
        return Optional.of(
                "%s calls a function that is not offered in %s of its answers, and gives arguments that a schema refuses in %s"
                        .formatted(
                                pick.getArm(),
                                number(pick.getScoresOrThrow(INVENTED).getValue()),
                                number(pick.getScoresOrThrow(INVALID).getValue())));
    }

    /// Says when the training has paid for itself by shorter prompts.
    private Optional<String> costs(ArmReport pick) {
        if (ArmCosts.isTrained(pick)) {
            return pick.getBreakEvenRequests() == 0
                    ? Optional.empty()
                    : Optional.of(
                            "%s trained for %s and reads %.0f tokens a request; the best untrained arm takes longer a request, so the training has paid for itself after %,d requests"
                                    .formatted(
                                            pick.getArm(),
                                            seconds(pick.getTrainSeconds()),
                                            pick.getPromptTokens(),
                                            pick.getBreakEvenRequests()));
        }
        return arms.stream()
                .filter(arm -> ArmCosts.isTrained(arm) && arm.getBreakEvenRequests() > 0)
                .findFirst()
                .map(arm ->
                        "%s reads %.0f tokens a request instead of %.0f; its training would have paid for itself after %,d requests"
                                .formatted(
                                        arm.getArm(),
                                        arm.getPromptTokens(),
                                        pick.getPromptTokens(),
                                        arm.getBreakEvenRequests()));
    }

    private String contradiction() {
        return "%d of %d train rows have a question that also stands there with another answer"
                .formatted(data.getContradictingRows(), data.getTrainRows());
    }

    private List<String> wouldChange(ArmReport pick, boolean contradicting) {
        List<String> changes = new ArrayList<>();
        if (contradicting) {
            changes.add("one answer for each question: then trained arms count, too");
        }
        arms.stream()
                .filter(other -> !other.getArm().equals(pick.getArm()))
                .filter(other -> difference(other, pick) > 0)
                .map(other -> comparison(other, pick).orElseThrow())
                .filter(pair -> pair.getVerdict() == Verdict.NOT_DISTINGUISHABLE && pair.getRowsNeeded() > 0)
                .min(Comparator.comparingLong(Comparison::getRowsNeeded))
                .ifPresent(pair ->
                        changes.add("more %s rows: about %,d would show whether %s is better than %s, which %,d cannot"
                                .formatted(
                                        "test", pair.getRowsNeeded(), pair.getArm(), pick.getArm(), report.getRows())));
        boolean weak = isFraction() && pick.getScoresOrThrow(metric).getValue() < WEAK;
        if (weak) {
            changes.add("a larger base: the best choice here reaches %s"
                    .formatted(number(pick.getScoresOrThrow(metric).getValue())));
        }
        if (arms.stream().noneMatch(ArmCosts::isTrained) && !contradicting) {
            changes.add("a trained arm: none was measured");
        }
        if (ArmCosts.isTrained(pick) && report.getTask() != Task.TEXT) {
            String follows = arms.stream().anyMatch(Recommender::looksUp) ? "passages" : "examples in the prompt";
            changes.add(
                    "answers that change often: %s follow new data at once, a trained model only after the next training"
                            .formatted(follows));
        }
        return changes;
    }

    private boolean isFraction() {
        return !List.of("bleu", "chrf", "loss", "perplexity").contains(metric);
    }

    private static String number(double value) {
        return Comparisons.number(value);
    }

    private static String seconds(double seconds) {
        return seconds < 120
                ? String.format(Locale.ROOT, "%.0f s", seconds)
                : String.format(Locale.ROOT, "%.0f min", seconds / 60);
    }
}
