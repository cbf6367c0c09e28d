package dev.finetide.eval;

import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.kit.work.Work;
import dev.finetide.kit.work.WorkTable;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.worker.v1.AnsweredRows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.PreparedBatch;

/// Stores evaluations in PostgreSQL.
final class PostgresEvaluationStore extends WorkTable<StoredEvaluation, Evaluation, EvaluationUpdate>
        implements EvaluationStore {
    private static final int PAGE = 200;

    private final Database database;
    private final RequestIds requests;

    /// @param committed receives each update that clients can see from now on
    PostgresEvaluationStore(Database database, Consumer<EvaluationUpdate> committed) {
        super(
                database,
                "evaluation",
                ResourceType.EVALUATION,
                Evaluation.parser(),
                EvaluationUpdate.parser(),
                EvaluationUpdate::getSequence,
                committed);
        this.database = database;
        this.requests = new RequestIds(database);
    }

    @Override
    protected Map<String, Object> fixedColumns(StoredEvaluation evaluation) {
        Map<String, Object> columns = new HashMap<>();
        columns.put(
                "training_run",
                evaluation.trainingRun().map(run -> run.getName()).orElse(null));
        columns.put("dataset_digest", evaluation.view().getDatasetVersion().getDigest());
        columns.put("split", evaluation.view().getSpec().getSplit());
        return columns;
    }

    @Override
    protected Map<String, Object> reportedColumns(StoredEvaluation evaluation) {
        return Map.of("results", evaluation.view().getResults());
    }

    @Override
    protected StoredEvaluation read(Work<Evaluation> work, ResultSet row) throws SQLException {
        return new StoredEvaluation(work.with(
                work.view().toBuilder().setResults(row.getLong("results")).build()));
    }

    @Override
    public Optional<Answered> answer(String requestId, Answered answer) {
        return requests.answer(requestId, answer);
    }

    @Override
    public Optional<Answered> answered(String requestId) {
        return requests.answered(requestId);
    }

    @Override
    public Optional<StoredEvaluation> findOfRun(String trainingRun) {
        return names("select name from evaluations where training_run = ?", trainingRun).stream()
                .findFirst()
                .flatMap(this::find);
    }

    @Override
    public List<String> open() {
        return names("select name from evaluations where state in ('QUEUED', 'STARTING', 'HELD', 'RUNNING')");
    }

    private List<String> names(String query, Object... values) {
        return database.with(
                handle -> handle.select(query, values).mapTo(String.class).list());
    }

    @Override
    public int looks(String datasetDigest, String split) {
        return database.with(handle ->
                handle.select("""
                        select count(*) from evaluations
                        where dataset_digest = ? and split = ?
                        and (results > 0 or state in ('QUEUED', 'STARTING', 'HELD', 'RUNNING'))""", datasetDigest, split).mapTo(Integer.class).one());
    }

    @Override
    public List<StoredEvaluation> succeeded(String datasetDigest, String split) {
        return names("""
                        select name from evaluations
                        where dataset_digest = ? and split = ? and state = 'SUCCEEDED'
                        order by create_time desc""", datasetDigest, split).stream()
                .flatMap(name -> find(name).stream())
                .toList();
    }

    @Override
    public List<ExampleResult> addResults(String evaluation, List<ExampleResult> results) {
        int[] added = database.with(handle -> {
            PreparedBatch batch = handle.prepareBatch("""
                    insert into evaluation_results (evaluation, arm, repeat, probe, row_index, outcome)
                    values (:evaluation, :arm, :repeat, :probe, :row, :outcome)
                    on conflict do nothing""");
            for (ExampleResult result : results) {
                batch.bind("evaluation", evaluation)
                        .bind("arm", result.getArm())
                        .bind("repeat", result.getRepeat())
                        .bind("probe", result.getProbe())
                        .bind("row", result.getRow())
                        .bind("outcome", Outcomes.withoutTexts(result).toByteArray())
                        .add();
            }
            return batch.execute();
        });
        return added(added, results);
    }

    /// Returns those of some values that a batch has added.
    private static <T> List<T> added(int[] counts, List<T> values) {
        List<T> fresh = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] == 1) {
                fresh.add(values.get(i));
            }
        }
        return fresh;
    }

    @Override
    public List<JudgeReply> addJudgeReplies(String evaluation, List<JudgeReply> replies) {
        int[] added = database.with(handle -> {
            PreparedBatch batch = handle.prepareBatch("""
                    insert into judge_replies (evaluation, arm, other, row_index, arm_first, ask, reply)
                    values (:evaluation, :arm, :other, :row, :armFirst, :ask, :reply)
                    on conflict do nothing""");
            for (JudgeReply reply : replies) {
                batch.bind("evaluation", evaluation)
                        .bind("arm", reply.getArm())
                        .bind("other", reply.getOther())
                        .bind("row", reply.getRow())
                        .bind("armFirst", reply.getArmFirst())
                        .bind("ask", reply.getAsk())
                        .bind("reply", Outcomes.withoutTexts(reply).toByteArray())
                        .add();
            }
            return batch.execute();
        });
        return added(added, replies);
    }

    @Override
    public List<JudgeReply> judgeReplies(String evaluation) {
        return database.with(handle -> handle.select("""
                        select reply from judge_replies where evaluation = ?
                        order by arm, other, row_index, arm_first, ask""", evaluation)
                .map((row, context) -> StoredMessage.read(row, "reply", JudgeReply.parser()))
                .list());
    }

    @Override
    public List<ExampleResult> outcomes(String evaluation) {
        return database.with(handle -> handle.select("""
                        select outcome from evaluation_results where evaluation = ?
                        order by arm, repeat, probe, row_index""", evaluation)
                .map((row, context) -> StoredMessage.read(row, "outcome", ExampleResult.parser()))
                .list());
    }

    @Override
    public Map<String, Long> counts(String evaluation) {
        return database.with(handle -> handle.select(
                        "select arm, count(*) as results from evaluation_results where evaluation = ? group by arm",
                        evaluation)
                .map((row, context) -> Map.entry(row.getString("arm"), row.getLong("results")))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    @Override
    public List<AnsweredRows> answeredRows(String evaluation) {
        return database.with(handle -> handle.select("""
                        select arm, repeat, probe, row_index from evaluation_results where evaluation = ?
                        order by arm, repeat, probe, row_index""", evaluation)
                .map((row, context) -> ExampleResult.newBuilder()
                        .setArm(row.getString("arm"))
                        .setRepeat(row.getInt("repeat"))
                        .setProbe(row.getString("probe"))
                        .setRow(row.getLong("row_index"))
                        .build())
                .collect(Collectors.collectingAndThen(Collectors.toList(), Outcomes::answeredRows)));
    }

    @Override
    public void rememberArms(String evaluation, Map<String, String> armByKey) {
        armByKey.forEach((key, arm) -> database.with(handle -> handle.execute(
                "insert into answered_arms (arm_key, evaluation, arm) values (?, ?, ?) on conflict do nothing",
                key,
                evaluation,
                arm)));
    }

    @Override
    public Optional<EqualArm> findArm(String key) {
        return database.with(handle -> handle.select(
                        "select evaluation, arm from answered_arms where arm_key = ? order by evaluation limit 1", key)
                .map((row, context) -> new EqualArm(row.getString("evaluation"), row.getString("arm")))
                .findOne());
    }

    @Override
    public void eachResults(EqualArm arm, Consumer<List<ExampleResult>> consumer) {
        long after = 0;
        for (List<EvaluationUpdate> page = updatesAfter(arm.evaluation(), 0, PAGE);
                !page.isEmpty();
                page = updatesAfter(arm.evaluation(), after, PAGE)) {
            consumer.accept(page.stream()
                    .filter(EvaluationUpdate::hasResult)
                    .map(EvaluationUpdate::getResult)
                    .filter(result -> result.getArm().equals(arm.arm()))
                    .toList());
            after = page.getLast().getSequence();
        }
    }
}
