package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.worker.evaluate.passages.PassageSearch;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.util.List;

/// Compares the arms of one base on the same rows: one after the other, over one loaded base. An arm
/// that fails leaves the others alone.
public final class Evaluation {
    private final ArmModels models;
    private final EvaluationData data;
    private final AnsweredBefore before;
    private final EvaluationListener listener;
    private final PassageSources passages;
    private final ProbeRun probes;
    private TrialRows trial;

    /// @param before rows and preparations of earlier attempts, which are not made again
    /// @param passages where arms look passages up
    public Evaluation(
            ArmModels models,
            EvaluationData data,
            AnsweredBefore before,
            EvaluationListener listener,
            PassageSources passages) {
        this.passages = passages;
        this.models = models;
        this.data = data;
        this.before = before;
        this.listener = listener;
        this.probes = new ProbeRun(data, before, listener);
    }

    /// Asks every arm.
    ///
    /// @return whether the evaluation came to its end; false when the listener asked to stop
    public boolean run(List<EvaluationArm> arms) {
        try (PassageSearch search = new PassageSearch(
                        passages,
                        () -> data.train().stream().map(RowTexts::solved).toList());
                ExamplePool pool = new ExamplePool(data.train(), false, search)) {
            SliceFacts facts = new SliceFacts(data, pool);
            for (EvaluationArm arm : arms) {
                if (listener.stopRequested() || !run(arm, pool, facts)) {
                    return false;
                }
            }
            return true;
        } finally {
            if (trial != null) {
                trial.pool().close();
            }
        }
    }

    private boolean run(EvaluationArm arm, ExamplePool pool, SliceFacts facts) {
        ArmRows rows = new ArmRows(arm.getArm(), data, before, facts);
        if (rows.areDone() && probes.isDone(arm)) {
            return true;
        }
        try {
            return ArmModels.isOutside(arm) ? runOutside(arm, rows, pool) : runOnBase(arm, rows, pool);
        } catch (RuntimeException | OutOfMemoryError failure) {
            listener.onArmFailed(arm.getArm().getName(), failure);
            return true;
        }
    }

    private boolean runOnBase(EvaluationArm arm, ArmRows rows, ExamplePool pool) {
        try (AskedModel model = models.open(arm)) {
            ArmRun run = new ArmRun(rows, listener);
            return run.run(model, pool, () -> trial(pool)) && probes.run(arm, model, run.prompting(), pool.search());
        }
    }

    private boolean runOutside(EvaluationArm arm, ArmRows rows, ExamplePool pool) {
        try (OutsideModel model = models.outside(arm, data)) {
            return new OutsideRun(rows, AskedModel.base(models.base()).encoder(), pool, listener).run(model);
        }
    }

    private TrialRows trial(ExamplePool pool) {
        if (trial == null) {
            trial = TrialRows.of(data, pool);
        }
        return trial;
    }
}
