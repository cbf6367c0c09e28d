package dev.finetide.eval.behaviour;

import dev.finetide.metrics.Aggregate;
import dev.finetide.proto.evaluation.v1.AnswerForm;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Compares form and length of answers with those of the expected answers, and of the base's.
final class DriftFindings {
    private static final String ASKED = "";

    /// Distance of an answer's length from the expected one, in doublings: 1 for twice or half as long.
    private static final RowStatistic LENGTH = new RowStatistic(
            "length off by doublings",
            Aggregate.MEAN,
            false,
            true,
            result ->
                    result.hasForm() ? new double[] {Math.abs(Math.log(ratio(result.getForm())) / Math.log(2))} : null);

    /// Length of replies to prompts that have no expected answer. Neither side is the good one.
    private static final RowStatistic REPLY = new RowStatistic(
            "reply tokens", Aggregate.MEAN, false, false, result -> new double[] {result.getCompletionTokens()});

    private static final List<RowStatistic> FORMS = List.of(
            RowStatistic.share(
                    "valid JSON",
                    result -> result.hasForm() && result.getForm().hasIsJson()
                            ? Boolean.valueOf(result.getForm().getIsJson())
                            : null),
            RowStatistic.share(
                    "is a label",
                    result -> result.hasForm() && result.getForm().hasIsLabel()
                            ? Boolean.valueOf(result.getForm().getIsLabel())
                            : null),
            RowStatistic.share(
                    "expected language",
                    result -> result.hasForm() && result.getForm().hasSameLanguage()
                            ? Boolean.valueOf(result.getForm().getSameLanguage())
                            : null),
            RowStatistic.share(
                    "ended before the limit",
                    result -> result.hasForm() ? Boolean.valueOf(!result.getOutputCut()) : null));

    private DriftFindings() {}

    /// @param prompts name of the probe with harmless prompts
    static List<Finding> of(Pair pair, String prompts) {
        List<Finding> findings = new ArrayList<>();
        pair.compare(ASKED, LENGTH)
                .ifPresent(found -> findings.add(Finding.of(pair, BehaviourKind.DRIFT, ASKED, LENGTH, found)
                        .saying("answers are %s times as long as expected, those of %s %s times"
                                .formatted(
                                        BehaviourWords.number(length(pair.arm().of(ASKED))),
                                        pair.base(),
                                        BehaviourWords.number(
                                                length(pair.baseResults().of(ASKED)))))));
        for (RowStatistic form : FORMS) {
            pair.compare(ASKED, form)
                    .ifPresent(found -> findings.add(Finding.of(pair, BehaviourKind.DRIFT, ASKED, form, found)));
        }
        pair.compare(prompts, REPLY)
                .ifPresent(found -> findings.add(Finding.of(pair, BehaviourKind.DRIFT, prompts, REPLY, found)));
        return findings;
    }

    /// Returns the length of an answer as a part of the expected one's. One character more on both
    /// sides keeps empty answers finite.
    private static double ratio(AnswerForm form) {
        return (form.getCharacters() + 1.0) / (form.getExpectedCharacters() + 1.0);
    }

    private static double length(Map<Long, ExampleResult> results) {
        double expected = results.values().stream()
                .mapToLong(result -> result.getForm().getExpectedCharacters())
                .sum();
        return results.values().stream()
                        .mapToLong(result -> result.getForm().getCharacters())
                        .sum()
                / expected;
    }
}
