package dev.finetide.eval;

import dev.finetide.kit.request.Answered;
import dev.finetide.kit.work.WorkStore;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.worker.v1.AnsweredRows;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Stores evaluations. Two implementations pass one contract test: PostgreSQL, and memory for unit tests.
interface EvaluationStore extends WorkStore<StoredEvaluation, EvaluationUpdate> {
    /// Remembers the answer to a request ([dev.finetide.kit.request.RequestIds]).
    Optional<Answered> answer(String requestId, Answered answer);

    Optional<Answered> answered(String requestId);

    Optional<StoredEvaluation> findOfRun(String trainingRun);

    /// Counts the evaluations that have asked a split of a dataset version, or are going to. Those that ended without
    /// an answer do not count.
    ///
    /// @param datasetDigest digest of the dataset version
    int looks(String datasetDigest, String split);

    /// Returns the evaluations of a split that have succeeded, newest first.
    List<StoredEvaluation> succeeded(String datasetDigest, String split);

    /// Stores the outcomes of rows.
    ///
    /// @return results of rows that were not answered yet, in the order given
    List<ExampleResult> addResults(String evaluation, List<ExampleResult> results);

    /// Returns all outcomes without their texts, by arm, draw and row.
    List<ExampleResult> outcomes(String evaluation);

    /// Stores replies of a judge.
    ///
    /// @return replies to questions that had none, in the order given
    List<JudgeReply> addJudgeReplies(String evaluation, List<JudgeReply> replies);

    /// Returns all replies of a judge without their texts, in the order of arms, rows and questions.
    List<JudgeReply> judgeReplies(String evaluation);

    /// Counts the results of each arm that has some.
    Map<String, Long> counts(String evaluation);

    /// Returns which rows are answered.
    List<AnsweredRows> answeredRows(String evaluation);

    /// Returns the names of all evaluations that have not ended.
    List<String> open();

    /// Remembers the arms of an evaluation that has succeeded, for [#findArm].
    ///
    /// @param armByKey names of arms by all that decides their answers
    void rememberArms(String evaluation, Map<String, String> armByKey);

    /// Finds an arm of a succeeded evaluation, by all that decides its answers.
    Optional<EqualArm> findArm(String key);

    /// Gives the results of an arm in the order in which they came, some at a time.
    void eachResults(EqualArm arm, Consumer<List<ExampleResult>> consumer);

    /// An arm of an evaluation.
    record EqualArm(String evaluation, String arm) {}
}
