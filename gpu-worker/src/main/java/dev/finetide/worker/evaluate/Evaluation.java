package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.EvaluationArm;
import java.util.List;

/// Compares the arms of one base on the same rows: one after the other, over one loaded base. An arm
/// that fails leaves the others alone.
public final class Evaluation {
    private final ArmModels models;
    private final EvaluationData data;
    private final AnsweredBefore before;
    private final EvaluationListener listener;
    private TrialRows trial;

    /// @param before rows and preparations of earlier attempts, which are not made again
    public Evaluation(ArmModels models, EvaluationData data, AnsweredBefore before, EvaluationListener listener) {
        this.models = models;
        this.data = data;
        this.before = before;
        this.listener = listener;
    }

    /// Asks every arm.
    ///
    /// @return whether the evaluation came to its end; false when the listener asked to stop
    public boolean run(List<EvaluationArm> arms) {
        try (ExamplePool pool = new ExamplePool(data.train(), false)) {
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
        ArmRun run = new ArmRun(arm.getArm(), data, before, listener, facts);
        if (run.isDone()) {
            return true;
        }
        try (AskedModel model = models.open(arm)) {
            return run.run(model, pool, () -> trial(pool));
        } catch (RuntimeException | OutOfMemoryError failure) {
            listener.onArmFailed(arm.getArm().getName(), failure);
            return true;
        }
    }

    private TrialRows trial(ExamplePool pool) {
        if (trial == null) {
            trial = TrialRows.of(data, pool);
        }
        return trial;
    }
}
