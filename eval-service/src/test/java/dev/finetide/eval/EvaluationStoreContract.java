package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The behaviour of a store that Evaluations relies on.
abstract class EvaluationStoreContract {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123456Z");

    private EvaluationStore store;

    abstract EvaluationStore store();

    @BeforeEach
    void open() {
        store = store();
    }

    @Test
    void whatIsWrittenIsRead() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW);
        store.insert(evaluation);
        assertThat(store.find(evaluation.name())).contains(evaluation);
        StoredEvaluation changed = evaluation
                .with(evaluation.attempt().launched().lost().heard(7))
                .to(new WorkState.Running(), "launched", "eval-service", NOW)
                .answered(3);
        store.update(changed);
        assertThat(store.find(evaluation.name())).contains(changed);
        assertThat(store.lock("projects/p/evaluations/none")).isEmpty();
    }

    @Test
    void aTransactionThatFailsLeavesNothing() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW);
        assertThatThrownBy(() -> store.transact(() -> {
                    store.insert(evaluation);
                    store.addResults(evaluation.name(), List.of(result(1, "base")));
                    store.append(evaluation.name(), List.of(evaluation.stateUpdate(NOW)));
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(store.find(evaluation.name())).isEmpty();
        assertThat(store.updatesAfter(evaluation.name(), 0, 10)).isEmpty();
    }

    @Test
    void aResultIsNewOncePerRowAndArm() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW);
        store.insert(evaluation);
        ExampleResult base1 = result(1, "base");
        ExampleResult tuned1 = result(1, "tuned");
        ExampleResult base2 = result(2, "base");
        assertThat(store.addResults(evaluation.name(), List.of(base1, tuned1, base1)))
                .containsExactly(base1, tuned1);
        assertThat(store.addResults(evaluation.name(), List.of(base2, base1))).containsExactly(base2);
        ExampleResult second =
                base1.toBuilder().setRepeat(1).setOutput("a text").build();
        assertThat(store.addResults(evaluation.name(), List.of(second))).containsExactly(second);
        ExampleResult probed = base1.toBuilder().setProbe("memory").build();
        assertThat(store.addResults(evaluation.name(), List.of(probed, probed))).containsExactly(probed);
        assertThat(store.counts(evaluation.name())).containsOnly(Map.entry("base", 4L), Map.entry("tuned", 1L));
        assertThat(store.outcomes(evaluation.name()))
                .containsExactly(
                        base1, base2, probed, second.toBuilder().clearOutput().build(), tuned1);
        assertThat(store.answeredRows(evaluation.name()))
                .extracting(rows -> rows.getArm() + " " + rows.getRepeat() + " " + rows.getProbe()
                        + BitSet.valueOf(rows.getRows().toByteArray()))
                .containsExactly("base 0 {1, 2}", "base 0 memory{1}", "base 1 {1}", "tuned 0 {1}");
        assertThat(store.addResults(evaluation.name(), List.of())).isEmpty();
    }

    @Test
    void aReplyOfTheJudgeIsNewOncePerQuestion() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW);
        store.insert(evaluation);
        JudgeReply first = JudgeReply.newBuilder()
                .setArm("tuned")
                .setOther("base")
                .setRow(2)
                .setArmFirst(true)
                .setAsk(1)
                .build();
        JudgeReply second = first.toBuilder().setArmFirst(false).build();
        JudgeReply again = first.toBuilder().setAsk(2).setUnreadable("a text").build();
        assertThat(store.addJudgeReplies(evaluation.name(), List.of(first, second, first)))
                .containsExactly(first, second);
        assertThat(store.addJudgeReplies(
                        evaluation.name(),
                        List.of(second.toBuilder().setPrice(1).build(), again)))
                .containsExactly(again);
        assertThat(store.judgeReplies(evaluation.name()))
                .containsExactly(
                        second, first, again.toBuilder().clearUnreadable().build());
        assertThat(store.judgeReplies("projects/p/evaluations/none")).isEmpty();
        StoredEvaluation judged = evaluation.judged(1);
        store.append(evaluation.name(), judged.replyUpdates(List.of(again), NOW));
        assertThat(store.updatesAfter(evaluation.name(), 0, 10))
                .extracting(EvaluationUpdate::getJudgeReply)
                .containsExactly(again);
    }

    @Test
    void updatesComeInOrderAfterASequenceAndEachOnce() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW).answered(3);
        store.insert(evaluation);
        List<EvaluationUpdate> updates =
                evaluation.resultUpdates(List.of(result(1, "base"), result(2, "base"), result(3, "base")), NOW);
        store.append(evaluation.name(), updates);
        assertThat(store.updatesAfter(evaluation.name(), 2, 2)).isEqualTo(updates.subList(1, 3));
        assertThatThrownBy(() -> store.append(evaluation.name(), updates));
    }

    @Test
    void theQueueIsByAge() {
        store.insert(anEvaluation("run-2", NOW.plusMillis(1)));
        store.insert(anEvaluation("run-1", NOW));
        StoredEvaluation running = anEvaluation("run-3", NOW);
        store.insert(running.to(new WorkState.Running(), "test", "test", NOW));
        StoredEvaluation held = anEvaluation("run-4", NOW.plusMillis(1));
        store.insert(held.to(new WorkState.Held(WorkWaiting.getDefaultInstance()), "test", "test", NOW));
        assertThat(ids(store.nextQueued(5))).containsExactly("run-1", "run-2");
        assertThat(store.active().stream().map(active -> id(active.name()))).containsExactly("run-3", "run-4");
    }

    @Test
    void evaluationsOfAProjectAreListedNewestFirst() {
        for (int i = 1; i <= 4; i++) {
            store.insert(anEvaluation("run-" + i, NOW.plusMillis(i)));
        }
        assertThat(ids(store.list("p", new Page(2, Optional.empty())))).containsExactly("run-4", "run-3", "run-2");
        assertThat(ids(store.list("p", new Page(2, Optional.of("run-3"))))).containsExactly("run-2", "run-1");
        assertThat(store.list("other", new Page(2, Optional.empty()))).isEmpty();
    }

    @Test
    void anEvaluationIsFoundByItsRunAndItsSplit() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW);
        store.insert(evaluation);
        assertThat(store.findOfRun("projects/p/trainingRuns/run-1")).contains(evaluation);
        assertThat(store.findOfRun("projects/p/trainingRuns/run-2")).isEmpty();
        assertThat(store.looks("d", "test")).isEqualTo(1);
        assertThat(store.looks("d", "validation")).isZero();
        assertThat(store.open()).containsExactly(evaluation.name());
        assertThat(store.succeeded("d", "test")).isEmpty();
        StoredEvaluation done = evaluation.to(new WorkState.Succeeded(), "test", "test", NOW);
        store.update(done);
        assertThat(store.succeeded("d", "test")).containsExactly(done);
        assertThat(store.open()).isEmpty();
        assertThat(store.looks("d", "test")).as("without an answer").isZero();
        store.update(done.answered(1));
        assertThat(store.looks("d", "test")).isEqualTo(1);
    }

    @Test
    void answersOfAnEqualArmAreFound() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW).answered(2);
        store.insert(evaluation);
        store.append(evaluation.name(), evaluation.resultUpdates(List.of(result(1, "base"), result(1, "tuned")), NOW));
        store.rememberArms(evaluation.name(), Map.of("key", "tuned"));
        EvaluationStore.EqualArm equal = store.findArm("key").orElseThrow();
        List<ExampleResult> found = new ArrayList<>();
        store.eachResults(equal, found::addAll);
        assertThat(found).containsExactly(result(1, "tuned"));
        assertThat(store.findArm("another")).isEmpty();
    }

    @Test
    void aRequestHasOneAnswer() {
        Answered answer = new Answered("body", "projects/p/evaluations/e");
        assertThat(store.answer("id", answer)).isEmpty();
        assertThat(store.answer("id", new Answered("other", "x"))).contains(answer);
        assertThat(store.answered("id")).contains(answer);
    }

    private static StoredEvaluation anEvaluation(String id, Instant created) {
        Evaluation view = Evaluation.newBuilder()
                .setName("projects/p/evaluations/" + id)
                .setTrainingRun(TrainingRun.newBuilder().setName("projects/p/trainingRuns/" + id))
                .setDatasetVersion(DatasetVersion.newBuilder().setDigest("d"))
                .setSpec(EvaluationSpec.newBuilder().setSplit("test"))
                .build();
        return StoredEvaluation.requested(view, "requested", "user", created);
    }

    private static ExampleResult result(long row, String arm) {
        return ExampleResult.newBuilder().setRow(row).setArm(arm).build();
    }

    private static List<String> ids(List<StoredEvaluation> evaluations) {
        return evaluations.stream().map(evaluation -> id(evaluation.name())).toList();
    }

    private static String id(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
