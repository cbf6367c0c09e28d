package dev.finetide.eval;

import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestIds;
import dev.finetide.kit.work.InMemoryWorkStore;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.worker.v1.AnsweredRows;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Stores evaluations in memory.
final class InMemoryEvaluationStore extends InMemoryWorkStore<StoredEvaluation, EvaluationUpdate>
        implements EvaluationStore {
    private record Key(String evaluation, String arm, int repeat, String probe, long row) {}

    private record ReplyKey(String evaluation, String arm, String other, long row, boolean armFirst, int ask) {}

    private Map<Key, ExampleResult> outcomes = new LinkedHashMap<>();
    private Map<ReplyKey, JudgeReply> replies = new LinkedHashMap<>();
    private final Map<String, EqualArm> arms = new HashMap<>();
    private Map<String, Answered> requests = new HashMap<>();

    InMemoryEvaluationStore() {
        super(ResourceType.EVALUATION, EvaluationUpdate::getSequence);
    }

    @Override
    protected Runnable snapshot() {
        Map<Key, ExampleResult> before = new LinkedHashMap<>(outcomes);
        Map<ReplyKey, JudgeReply> repliesBefore = new LinkedHashMap<>(replies);
        Map<String, Answered> requestsBefore = new HashMap<>(requests);
        return () -> {
            requests = requestsBefore;
            outcomes = before;
            replies = repliesBefore;
        };
    }

    @Override
    public Optional<Answered> answer(String requestId, Answered answer) {
        return Optional.ofNullable(requests.putIfAbsent(RequestIds.caller() + requestId, answer));
    }

    @Override
    public Optional<Answered> answered(String requestId) {
        return Optional.ofNullable(requests.get(RequestIds.caller() + requestId));
    }

    @Override
    public Optional<StoredEvaluation> findOfRun(String trainingRun) {
        return all().stream()
                .filter(evaluation -> evaluation
                        .trainingRun()
                        .filter(run -> run.getName().equals(trainingRun))
                        .isPresent())
                .findFirst();
    }

    @Override
    public List<String> open() {
        return all().stream()
                .filter(evaluation -> evaluation.state() instanceof WorkState.Open)
                .map(StoredEvaluation::name)
                .toList();
    }

    @Override
    public int looks(String datasetDigest, String split) {
        return (int) ofSplit(datasetDigest, split)
                .filter(evaluation ->
                        evaluation.view().getResults() > 0 || evaluation.state() instanceof WorkState.Open)
                .count();
    }

    @Override
    public List<StoredEvaluation> succeeded(String datasetDigest, String split) {
        return ofSplit(datasetDigest, split)
                .filter(evaluation -> evaluation.state() instanceof WorkState.Succeeded)
                .sorted(Comparator.comparing(StoredEvaluation::name).reversed())
                .toList();
    }

    private Stream<StoredEvaluation> ofSplit(String datasetDigest, String split) {
        return all().stream()
                .filter(evaluation ->
                        evaluation.view().getDatasetVersion().getDigest().equals(datasetDigest)
                                && evaluation.view().getSpec().getSplit().equals(split));
    }

    @Override
    public synchronized List<ExampleResult> addResults(String evaluation, List<ExampleResult> results) {
        return results.stream()
                .filter(result -> outcomes.putIfAbsent(
                                new Key(
                                        evaluation,
                                        result.getArm(),
                                        result.getRepeat(),
                                        result.getProbe(),
                                        result.getRow()),
                                Outcomes.withoutTexts(result))
                        == null)
                .toList();
    }

    @Override
    public synchronized List<ExampleResult> outcomes(String evaluation) {
        return outcomes.entrySet().stream()
                .filter(entry -> entry.getKey().evaluation().equals(evaluation))
                .map(Map.Entry::getValue)
                .sorted(Comparator.comparing(ExampleResult::getArm)
                        .thenComparing(ExampleResult::getRepeat)
                        .thenComparing(ExampleResult::getProbe)
                        .thenComparing(ExampleResult::getRow))
                .toList();
    }

    @Override
    public synchronized List<JudgeReply> addJudgeReplies(String evaluation, List<JudgeReply> some) {
        return some.stream()
                .filter(reply -> replies.putIfAbsent(
                                new ReplyKey(
                                        evaluation,
                                        reply.getArm(),
                                        reply.getOther(),
                                        reply.getRow(),
                                        reply.getArmFirst(),
                                        reply.getAsk()),
                                Outcomes.withoutTexts(reply))
                        == null)
                .toList();
    }

    @Override
    public synchronized List<JudgeReply> judgeReplies(String evaluation) {
        return replies.entrySet().stream()
                .filter(entry -> entry.getKey().evaluation().equals(evaluation))
                .map(Map.Entry::getValue)
                .sorted(Comparator.comparing(JudgeReply::getArm)
                        .thenComparing(JudgeReply::getOther)
                        .thenComparing(JudgeReply::getRow)
                        .thenComparing(JudgeReply::getArmFirst)
                        .thenComparing(JudgeReply::getAsk))
                .toList();
    }

    @Override
    public Map<String, Long> counts(String evaluation) {
        return outcomes(evaluation).stream()
                .collect(Collectors.groupingBy(ExampleResult::getArm, Collectors.counting()));
    }

    @Override
    public List<AnsweredRows> answeredRows(String evaluation) {
        return Outcomes.answeredRows(outcomes(evaluation));
    }

    @Override
    public void rememberArms(String evaluation, Map<String, String> armByKey) {
        armByKey.forEach((key, arm) -> arms.putIfAbsent(key, new EqualArm(evaluation, arm)));
    }

    @Override
    public Optional<EqualArm> findArm(String key) {
        return Optional.ofNullable(arms.get(key));
    }

    @Override
    public void eachResults(EqualArm arm, Consumer<List<ExampleResult>> consumer) {
        consumer.accept(updatesAfter(arm.evaluation(), 0, Integer.MAX_VALUE).stream()
                .filter(EvaluationUpdate::hasResult)
                .map(EvaluationUpdate::getResult)
                .filter(result -> result.getArm().equals(arm.arm()))
                .toList());
    }
}
