package dev.finetide.worker;

import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.JudgeConfig;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.worker.v1.EvaluateTask;
import dev.finetide.proto.worker.v1.JudgeReport;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.worker.evaluate.EvaluationData;
import dev.finetide.worker.evaluate.endpoint.ChatEndpoint;
import dev.finetide.worker.evaluate.endpoint.EndpointKeys;
import dev.finetide.worker.evaluate.endpoint.Patience;
import dev.finetide.worker.evaluate.judge.ArmPair;
import dev.finetide.worker.evaluate.judge.HumanLabels;
import dev.finetide.worker.evaluate.judge.Judge;
import dev.finetide.worker.evaluate.judge.JudgeListener;
import dev.finetide.worker.evaluate.judge.JudgeRows;
import dev.finetide.worker.evaluate.judge.JudgedBefore;
import java.util.List;
import java.util.Optional;

/// The last part of an evaluation that asks for a judge: when all arms have answered, a model behind an
/// endpoint compares their answers. A judge that fails leaves the evaluation alone.
final class JudgeStage {
    private static final int USUAL_ROWS = 200;

    private final ClaimedAttempt attempt;
    private final StopSignal stop;
    private final JudgeConfig config;
    private final List<EvaluationArm> arms;
    private Optional<HumanLabels> labels = Optional.empty();

    private JudgeStage(ClaimedAttempt attempt, StopSignal stop) {
        EvaluateTask task = attempt.spec().getEvaluate();
        this.attempt = attempt;
        this.stop = stop;
        this.config = task.getJudge();
        this.arms = task.getArmsList();
    }

    /// Reads what the judge needs before any arm is asked, so that a mistake costs no answers.
    ///
    /// @param rows number of asked rows
    static JudgeStage prepared(ClaimedAttempt attempt, AttemptInputs inputs, int rows, StopSignal stop) {
        JudgeStage stage = new JudgeStage(attempt, stop);
        if (attempt.spec().getEvaluate().hasJudge()) {
            try {
                stage.labels = Optional.of(
                        stage.config.getLabels().isEmpty()
                                ? HumanLabels.NONE
                                : HumanLabels.read(
                                        stage.config.getLabels(), inputs.readOther(stage.config.getLabels()), rows));
                stage.open().close();
            } catch (RuntimeException failure) {
                stage.labels = Optional.empty();
                stage.fail(failure);
            }
        }
        return stage;
    }

    private ChatEndpoint open() {
        return new ChatEndpoint(config.getEndpoint(), EndpointKeys.ofEnvironment(), Patience.USUAL);
    }

    /// Judges the answers, if there is a judge.
    ///
    /// @return false when the worker was told to stop before the end
    boolean run(EvaluationData data, CausalLm base) {
        if (labels.isEmpty()) {
            return true;
        }
        attempt.progress().begin("asking the judge");
        try {
            return judge(data, base);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (RuntimeException failure) {
            fail(failure);
            return true;
        }
    }

    private boolean judge(EvaluationData data, CausalLm base) throws InterruptedException {
        int most = config.getMaxRows() > 0 ? config.getMaxRows() : USUAL_ROWS;
        List<Integer> rows = labels.orElseThrow().rows(most, data.rows().size());
        JudgedAnswers answers = new JudgedAnswers(
                arms.stream().map(arm -> arm.getArm().getName()).toList(), rows);
        if (!answers.read(attempt.service(), stop::raised)) {
            return false;
        }
        List<ArmPair> pairs = ArmPair.of(answers.byArm().keySet(), config.getAgainst());
        JudgeRows judged =
                new JudgeRows(data.rows().stream().map(SourcedRow::row).toList(), rows, answers.byArm());
        try (ChatEndpoint endpoint = open()) {
            return new Judge(
                            config,
                            judged,
                            labels.orElseThrow(),
                            new JudgedBefore(attempt.claimed().getJudgedList()),
                            text -> base.tokenizer().encode(text, false).length,
                            new Reporter())
                    .run(pairs, endpoint);
        }
    }

    private void fail(RuntimeException failure) {
        WorkerFailure told = AttemptRunner.explain(failure);
        if (told.retryable() || told.reason() == WorkerFailure.Reason.STORAGE_FULL) {
            throw told;
        }
        System.err.println("judge: " + told.reason() + ": " + told.getMessage());
        if (told.reason() == WorkerFailure.Reason.WORKER_FAILED) {
            failure.printStackTrace();
        }
        attempt.reports()
                .report(WorkerEvent.newBuilder()
                        .setJudge(JudgeReport.newBuilder().setError(told.toProto())));
    }

    /// Reports replies, and waits until the broker has them.
    private final class Reporter implements JudgeListener {
        @Override
        public void onReplies(List<JudgeReply> replies) {
            attempt.reports()
                    .report(WorkerEvent.newBuilder()
                            .setJudge(JudgeReport.newBuilder().addAllReplies(replies)));
            replies.forEach(_ -> attempt.progress().count());
            attempt.awaitKept(stop);
        }

        @Override
        public boolean stopRequested() {
            return stop.raised();
        }
    }
}
