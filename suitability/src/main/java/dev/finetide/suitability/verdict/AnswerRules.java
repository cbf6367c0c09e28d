package dev.finetide.suitability.verdict;

import static dev.finetide.metrics.fitness.FitnessRules.EXTRACTED;
import static dev.finetide.metrics.fitness.FitnessRules.FACTS_FROM_NOWHERE;
import static dev.finetide.metrics.fitness.FitnessRules.FEW_CALLS;
import static dev.finetide.metrics.fitness.FitnessRules.FEW_ROWS_A_LABEL;
import static dev.finetide.metrics.fitness.FitnessRules.LINEAR_CEILING;
import static dev.finetide.metrics.fitness.FitnessRules.LONGEST_LABEL;
import static dev.finetide.metrics.fitness.FitnessRules.LOOKED_UP;
import static dev.finetide.metrics.fitness.FitnessRules.MOSTLY_PERISHABLE;
import static dev.finetide.metrics.fitness.FitnessRules.NO_CORRELATION;
import static dev.finetide.metrics.fitness.FitnessRules.SOMEWHAT_PERISHABLE;
import static dev.finetide.metrics.fitness.FitnessRules.STRONG_CORRELATION;
import static dev.finetide.metrics.fitness.FitnessRules.WITH_TOOLS;

import dev.finetide.metrics.fitness.FitnessRules;
import dev.finetide.proto.dataset.v1.Baseline;
import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.LastingSection;
import dev.finetide.proto.dataset.v1.RelationSection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Rules about where answers come from: a system, other rows, facts that change, words of the question.
final class AnswerRules {
    /// Kinds of perishable answers that only a system knows.
    private static final Set<String> LIVE = Set.of("today", "price");

    private final Evidence evidence;
    private final VersionCommands commands;
    private final RelationSection relation;

    AnswerRules(Evidence evidence, VersionCommands commands) {
        this.evidence = evidence;
        this.commands = commands;
        this.relation = evidence.report().getRelation();
    }

    /// Judges rows whose answers call functions, or whose tools are never called.
    Optional<Judgement> calls() {
        double tools =
                Evidence.rate(evidence.report().getContents().getWithTools()).orElse(0.0);
        boolean calls =
                evidence.isTask("function_calls") || relation.getMetric().equals("call_match");
        if (!calls && tools < WITH_TOOLS) {
            return Optional.empty();
        }
        return Optional.of(
                evidence.questions() < FEW_CALLS
                        ? Judgement.against(
                                        Fitness.PREFER_FUNCTION_CALLS,
                                        format(
                                                "Answers call functions, and %,d different questions are few: the base's own way to call functions is the better start.",
                                                evidence.questions()),
                                        evidence.questions(),
                                        FEW_CALLS)
                                .withStep(commands.advise())
                        : Judgement.against(
                                        Fitness.FITS_WITH_CAUTION,
                                        format(
                                                "Answers of %,d rows call functions: a base that calls them by itself may need no training.",
                                                evidence.rows()),
                                        evidence.questions(),
                                        FEW_CALLS)
                                .withStep(commands.advise()));
    }

    /// Judges answers that will not be right for long.
    Optional<Judgement> perishable() {
        LastingSection lasting = evidence.report().getLasting();
        Optional<Double> rate = Evidence.rate(lasting.getPerishable());
        if (rate.isEmpty() || rate.get() <= SOMEWHAT_PERISHABLE) {
            return Optional.empty();
        }
        if (rate.get() <= MOSTLY_PERISHABLE || extracted() >= EXTRACTED) {
            String why = extracted() >= EXTRACTED ? ", but most answers stand in their questions" : "";
            return Optional.of(Judgement.against(
                            Fitness.FITS_WITH_CAUTION,
                            format("%.1f %% of the answers look perishable%s.", 100 * rate.get(), why),
                            rate.get(),
                            MOSTLY_PERISHABLE)
                    .withRows(lasting.getExamplesList()));
        }
        long live = lasting.getKindsList().stream()
                .filter(kind -> LIVE.contains(kind.getName()))
                .mapToLong(kind -> kind.getRows())
                .sum();
        boolean mostlyLive = 2 * live > lasting.getPerishable().getRows();
        return Optional.of(Judgement.against(
                        mostlyLive ? Fitness.PREFER_FUNCTION_CALLS : Fitness.PREFER_RETRIEVAL,
                        format(
                                mostlyLive
                                        ? "%.1f %% of the answers look perishable, most of them as prices or as of today: a call of a system knows them."
                                        : "%.1f %% of the answers look perishable: passages can be changed, a trained model only by training.",
                                100 * rate.get()),
                        rate.get(),
                        MOSTLY_PERISHABLE)
                .withRows(lasting.getExamplesList())
                .withStep(commands.advise()));
    }

    private double extracted() {
        return Evidence.rate(relation.getInQuestion()).orElse(0.0);
    }

    /// Judges answers that stand in other rows, or nowhere.
    Optional<Judgement> lookUp() {
        Optional<Double> inOthers = Evidence.rate(relation.getInOtherRows());
        if (inOthers.isEmpty()) {
            return Optional.empty();
        }
        if (relation.hasReckonable()) {
            return numbersFromNowhere();
        }
        if (!List.of("normalized_match", "token_f1", "chrf", "rouge_l").contains(relation.getMetric())) {
            return textsOfFewRows();
        }
        return inOthers.get() > LOOKED_UP
                ? Optional.of(lookedUp(
                        format(
                                "%.1f %% of the answers stand in other rows: they can be looked up.",
                                100 * inOthers.get()),
                        inOthers.get(),
                        LOOKED_UP))
                : factsFromNowhere();
    }

    /// Judges answers that repeat as labels do, but are texts of a few questions each, as in a handbook.
    private Optional<Judgement> textsOfFewRows() {
        Optional<Double> words = evidence.answerWords();
        boolean areTexts = evidence.isClassification()
                && evidence.rowsOfLabel() < FEW_ROWS_A_LABEL
                && words.isPresent()
                && words.get() > LONGEST_LABEL;
        return areTexts
                ? Optional.of(lookedUp(
                        format(
                                "Answers are texts of %.0f words (median) and stand in %.1f rows each: they can be looked up.",
                                words.get(), evidence.rowsOfLabel()),
                        words.get(),
                        LONGEST_LABEL))
                : Optional.empty();
    }

    /// Judges numbers that are to be known, because nothing in their questions tells them.
    private Optional<Judgement> numbersFromNowhere() {
        double known = 1 - Evidence.rate(relation.getReckonable()).orElse(1.0);
        boolean facts = known > FACTS_FROM_NOWHERE && extracted() < EXTRACTED && !evidence.isRelated();
        return facts
                ? Optional.of(lookedUp(
                        format(
                                "%.1f %% of the answers are numbers that nothing in their questions tells: they are facts to be looked up.",
                                100 * known),
                        known,
                        FACTS_FROM_NOWHERE))
                : Optional.empty();
    }

    private Optional<Judgement> factsFromNowhere() {
        double nowhere = Evidence.rate(relation.getNowhere()).orElse(0.0);
        boolean facts = relation.getMetric().equals("normalized_match")
                && nowhere > FACTS_FROM_NOWHERE
                && !evidence.isRelated()
                && relation.getInputOutputCorrelation() < STRONG_CORRELATION;
        return facts
                ? Optional.of(lookedUp(
                        format(
                                "%.1f %% of the short answers stand neither in their question nor in another row, and similar questions do not have the same answer: they are facts to be looked up.",
                                100 * nowhere),
                        nowhere,
                        FACTS_FROM_NOWHERE))
                : Optional.empty();
    }

    /// Judges classes that words alone decide.
    Optional<Judgement> linear() {
        return evidence.baseline("linear model of words")
                .filter(linear -> FitnessRules.isLinear(linear.getValue(), evidence.best()))
                .map(linear -> Judgement.against(
                                Fitness.PREFER_LINEAR_MODEL,
                                format(
                                        "A linear model of words has %s %.3f [%.3f, %.3f]: no language model is needed.",
                                        relation.getMetric(), linear.getValue(), linear.getLow(), linear.getHigh()),
                                linear.getValue(),
                                LINEAR_CEILING * evidence.best())
                        .withStep(commands.advise()));
    }

    /// Says whether a baseline finds that answers depend on questions.
    Optional<Judgement> related() {
        Optional<Baseline> frequent = evidence.mostFrequent();
        Optional<Baseline> best = evidence.bestBaseline();
        if (frequent.isEmpty() || best.isEmpty()) {
            return Optional.empty();
        }
        Optional<Baseline> related = evidence.related();
        if (related.isPresent()) {
            Baseline one = related.get();
            return Optional.of(Judgement.forTuning(
                    format(
                            "Answers depend on questions: the %s has %s %.3f [%.3f, %.3f], the most frequent answer %.3f.",
                            one.getName(),
                            relation.getMetric(),
                            one.getValue(),
                            one.getLow(),
                            one.getHigh(),
                            frequent.get().getValue()),
                    one.getLow(),
                    Math.max(frequent.get().getHigh(), one.getExchangedHigh())));
        }
        if (extracted() >= EXTRACTED) {
            return Optional.of(Judgement.forTuning(
                    format("%.1f %% of the answers stand in their questions.", 100 * extracted()),
                    extracted(),
                    EXTRACTED));
        }
        boolean none = relation.getInputOutputCorrelation() < NO_CORRELATION;
        return Optional.of(Judgement.against(
                        none && evidence.isClassification() ? Fitness.PREFER_PROMPTING : Fitness.FITS_WITH_CAUTION,
                        format(
                                "No baseline finds a relation of questions and answers: the %s has %s %.3f, %sthe most frequent answer %.3f.",
                                best.get().getName(),
                                relation.getMetric(),
                                best.get().getValue(),
                                best.get().hasExchanged()
                                        ? format(
                                                "its answers to other questions %.3f, ",
                                                best.get().getExchanged())
                                        : "",
                                frequent.get().getValue()),
                        best.get().getLow(),
                        Math.max(frequent.get().getHigh(), best.get().getExchangedHigh()))
                .withStep(commands.advise()));
    }

    /// Judges answers that are to be looked up, because a measure of theirs is above its limit.
    private Judgement lookedUp(String sentence, double value, double limit) {
        return Judgement.against(Fitness.PREFER_RETRIEVAL, sentence, value, limit)
                .withStep(commands.advise());
    }

    private static String format(String sentence, Object... numbers) {
        return String.format(Locale.ROOT, sentence, numbers);
    }
}
