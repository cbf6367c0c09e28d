package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.worker.evaluate.passages.PassageSearch;
import dev.finetide.worker.evaluate.probe.Probe;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Asks arms the rows of probes that no attempt has asked yet.
final class ProbeRun {
    /// Number of rows that are asked, and reported, at once.
    private static final int ROWS_AT_ONCE = 32;

    private final EvaluationData data;
    private final AnsweredBefore before;
    private final EvaluationListener listener;

    ProbeRun(EvaluationData data, AnsweredBefore before, EvaluationListener listener) {
        this.data = data;
        this.before = before;
        this.listener = listener;
    }

    /// Whether nothing is left to ask the arm.
    boolean isDone(EvaluationArm arm) {
        return !arm.getProbed()
                || data.probes().stream().allMatch(probe -> left(arm, probe).isEmpty());
    }

    /// Asks one arm.
    ///
    /// @param prompting way in which the arm asks the evaluation's rows
    /// @param search search of passages, which is closed by others
    /// @return whether everything is asked; false when the listener asked to stop
    boolean run(EvaluationArm arm, AskedModel model, Prompting prompting, PassageSearch search) {
        if (isDone(arm)) {
            return true;
        }
        boolean looksAtTrain = prompting.getExamples().getCount() > 0
                || prompting.getRetrieval().getCount() > 0;
        try (ExamplePool pool = new ExamplePool(looksAtTrain ? data.train() : List.of(), looksAtTrain, search)) {
            ArmQuestions questions = new ArmQuestions(arm.getArm(), model, prompting, pool, data, true);
            for (Probe probe : data.probes()) {
                if (!run(arm, probe, asking(probe, model, questions))) {
                    return false;
                }
            }
            return true;
        }
    }

    private ProbeAsking asking(Probe probe, AskedModel model, ArmQuestions questions) {
        return switch (probe.kind()) {
            case GENERALISATION -> new TaskProbe(questions, data.maxNewTokens());
            case FORGETTING -> new LossProbe(model);
            case MEMORISATION -> new MemoryProbe(model, probe.size());
            case OVER_REFUSAL, UNSAFE_ANSWERS -> new PromptProbe(model, probe.kind());
            case DRIFT, BEHAVIOUR_KIND_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("there is no probe of the kind " + probe.kind());
        };
    }

    private boolean run(EvaluationArm arm, Probe probe, ProbeAsking asking) {
        List<Integer> left = left(arm, probe);
        if (!left.isEmpty()) {
            listener.onProbe(arm.getArm().getName(), probe.name());
        }
        for (int from = 0; from < left.size(); from += ROWS_AT_ONCE) {
            if (listener.stopRequested()) {
                return false;
            }
            Map<Integer, SourcedRow> rows = new LinkedHashMap<>();
            left.subList(from, Math.min(left.size(), from + ROWS_AT_ONCE))
                    .forEach(index -> rows.put(index, probe.rows().get(index)));
            listener.onResults(asking.ask(rows).stream()
                    .map(result -> finished(arm, probe, result))
                    .toList());
        }
        return true;
    }

    private List<Integer> left(EvaluationArm arm, Probe probe) {
        return IntStream.range(0, probe.rows().size())
                .filter(row -> !before.hasProbed(arm.getArm().getName(), probe.name(), row))
                .boxed()
                .toList();
    }

    private ExampleResult finished(EvaluationArm arm, Probe probe, ExampleResult.Builder result) {
        probe.rows().get((int) result.getRow()).source().ifPresent(source -> result.setPlace(RowPlaces.of(source)));
        return result.setArm(arm.getArm().getName())
                .setProbe(probe.name())
                .setTotalRows(data.rows().size())
                .build();
    }
}
