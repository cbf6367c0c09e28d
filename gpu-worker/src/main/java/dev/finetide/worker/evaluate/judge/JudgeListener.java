package dev.finetide.worker.evaluate.judge;

import dev.finetide.proto.evaluation.v1.JudgeReply;
import java.util.List;

/// Receives what a judge says, as soon as it is known.
public interface JudgeListener {
    /// Keeps replies where this process's death does not lose them. Returns when they are kept, or when the
    /// evaluation is to end.
    void onReplies(List<JudgeReply> replies);

    /// Whether the evaluation is to end before the next question.
    boolean stopRequested();
}
