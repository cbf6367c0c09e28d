package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.List;

/// Receives what an evaluation finds out, as soon as it is known.
public interface EvaluationListener {
    /// Receives how an arm is asked, before its first results.
    void onPrepared(ArmPreparation preparation);

    /// Receives the score of one of an arm's promptings, before one is chosen.
    ///
    /// @param prompting prompting in words
    /// @param score primary metric; no number for a prompting that cannot ask
    /// @param rows number of rows that were asked
    void onTried(String arm, String prompting, double score, int rows);

    /// Receives that an arm is about to be asked the rows of a probe.
    void onProbe(String arm, String probe);

    /// Receives the answers of one arm to some rows, all of the evaluation or all of one probe.
    void onResults(List<ExampleResult> results);

    /// Waits until the results that were received are kept where this process's death does not lose
    /// them, or until the evaluation is to end.
    void awaitKept();

    /// Receives the failure of one arm, of which there will be no more results. An exception that this
    /// method throws ends the evaluation.
    void onArmFailed(String arm, Throwable failure);

    /// Whether the evaluation is to end before its next rows.
    boolean stopRequested();
}
