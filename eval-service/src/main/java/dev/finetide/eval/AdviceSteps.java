package dev.finetide.eval;

import dev.finetide.kit.error.ApiException;
import dev.finetide.metrics.fitness.FitnessRules;
import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdvicePhase;
import dev.finetide.proto.evaluation.v1.AdviceRun;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkReason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/// Decides what advice does next: the base is asked without training, dry runs say what trainings would take, those
/// that fit the budget are made, and everything is compared. Each step can be made again, because every request that
/// it sends has an id that follows from the advice.
final class AdviceSteps {
    private final Evaluations evaluations;
    private final AdviceTrainings trainings;
    private final Forecasts forecasts;

    AdviceSteps(Evaluations evaluations, AdviceTrainings trainings, Forecasts forecasts) {
        this.evaluations = evaluations;
        this.trainings = trainings;
        this.forecasts = forecasts;
    }

    /// Returns the advice after its next step; the same advice if there is nothing to do yet.
    ///
    /// @throws ApiException DEPENDENCY_UNAVAILABLE, or the reason why the advice cannot go on
    Advice next(Advice advice) {
        return switch (advice.getPhase()) {
            case UNTRAINED -> untrained(advice);
            case ESTIMATING -> trainings.estimate(advice);
            case TRAINING -> trainings.train(advice, evaluations.get(advice.getUntrainedEvaluation()));
            case COMPARING -> compare(advice);
            case ADVICE_PHASE_UNSPECIFIED, ENDED, UNRECOGNIZED -> advice;
        };
    }

    private Advice untrained(Advice advice) {
        if (advice.getUntrainedEvaluation().isEmpty()) {
            EvaluationSpec spec = spec(advice, AdviceArms.untrained(advice));
            Evaluation asked = evaluations
                    .findSucceeded(spec, advice.getDatasetVersion(), advice.getBase())
                    .orElseGet(() -> create(advice, spec, "untrained"));
            return advice.toBuilder().setUntrainedEvaluation(asked.getName()).build();
        }
        Evaluation asked = evaluations.get(advice.getUntrainedEvaluation());
        if (asked.getState() != State.SUCCEEDED) {
            return waiting(advice, asked, "the base is asked without training");
        }
        Advice.Builder looked = advice.toBuilder().setRows(asked.getRows());
        Optional<String> against = againstTraining(asked);
        if (against.isPresent()) {
            looked.getRunsBuilderList().forEach(run -> run.setLeftOut(against.get()));
            return looked.setPhase(AdvicePhase.COMPARING)
                    .setDoing("no training is needed: " + against.get())
                    .build();
        }
        return looked.addAllRuns(AdviceArms.withPassages(advice, asked))
                .setPhase(AdvicePhase.ESTIMATING)
                .setDoing("dry runs say what a training would take")
                .build();
    }

    /// Returns why no training is tried: the answers contradict each other, or nothing is left to gain.
    private static Optional<String> againstTraining(Evaluation asked) {
        var data = asked.getRows().getData();
        if (FitnessRules.contradict(data.getContradictingRows(), data.getTrainRows())) {
            return Optional.of("%d of %d train rows have a question that also stands there with another answer"
                    .formatted(data.getContradictingRows(), data.getTrainRows()));
        }
        EvaluationReport report = asked.getReport();
        String metric = report.getMetrics(0);
        return report.getArmsList().stream()
                .filter(arm -> arm.containsScores(metric)
                        && isPerfect(metric, arm.getScoresOrThrow(metric).getValue()))
                .findFirst()
                .map(arm -> "arm %s answers every row right without it".formatted(arm.getArm()));
    }

    private static boolean isPerfect(String metric, double value) {
        return value == 1
                && List.of("accuracy", "exact_match", "normalized_match", "numeric_match", "field_f1", "rouge_l")
                        .contains(metric);
    }

    private Advice compare(Advice advice) {
        Evaluation untrained = evaluations.get(advice.getUntrainedEvaluation());
        if (advice.getEvaluation().isEmpty()) {
            return advice.toBuilder()
                    .setEvaluation(evaluationOfAll(advice, untrained))
                    .build();
        }
        Evaluation all = evaluations.get(advice.getEvaluation());
        if (all.getState() != State.SUCCEEDED) {
            return waiting(advice, all, "all arms are compared");
        }
        return advice.toBuilder()
                .setState(State.SUCCEEDED)
                .setDoing("done")
                .setRows(all.getRows())
                .setReport(checked(all.getReport(), advice.getDatasetVersion().getName()))
                .build();
    }

    /// Says in a report whether the forecast about the rows was right.
    private EvaluationReport checked(EvaluationReport report, String version) {
        Optional<SuitabilityVerdict> forecast = forecasts.verdict(version);
        return forecast.isEmpty()
                ? report
                : report.toBuilder()
                        .setRecommendation(ForecastCheck.checked(report.getRecommendation(), forecast.get()))
                        .build();
    }

    /// Returns the name of the evaluation that compares everything: that of the only run that was made for this advice,
    /// that of the untrained arms if nothing was trained, else a new one that reuses their answers.
    private String evaluationOfAll(Advice advice, Evaluation untrained) {
        List<AdviceRun> trained = advice.getRunsList().stream()
                .filter(run -> run.getLeftOut().isEmpty())
                .toList();
        if (trained.isEmpty()) {
            return untrained.getName();
        }
        if (trained.size() == 1 && !trained.getFirst().getReused()) {
            Optional<Evaluation> ofRun = evaluations
                    .ofRun(trained.getFirst().getTrainingRun())
                    .filter(found -> found.getState() == State.SUCCEEDED);
            if (ofRun.isPresent()) {
                return ofRun.get().getName();
            }
        }
        EvaluationSpec.Builder spec = spec(advice, AdviceArms.withVersions(advice, untrained)).toBuilder();
        spec.getConfigBuilder()
                .setReuseAnswers(true)
                .setMaxNewTokens(untrained.getRows().getMaxNewTokens());
        return create(advice, spec.build(), "all").getName();
    }

    /// Shows how far an evaluation is, or why it has ended without a report.
    private static Advice waiting(Advice advice, Evaluation evaluation, String doing) {
        return switch (evaluation.getState()) {
            case FAILED ->
                failed(
                        advice,
                        evaluation.getError().getReason(),
                        evaluation.getName() + ": " + evaluation.getError().getMessage());
            case CANCELLED -> failed(advice, WorkReason.WORKER_LOST, evaluation.getName() + " was cancelled");
            default ->
                advice.toBuilder()
                        .setDoing("%s: %d of %d answers"
                                .formatted(doing, evaluation.getResults(), evaluation.getTotalResults()))
                        .build();
        };
    }

    static Advice failed(Advice advice, WorkReason reason, String message) {
        return advice.toBuilder()
                .setState(State.FAILED)
                .setError(Advisor.error(reason, message))
                .setDoing("failed")
                .build();
    }

    private Evaluation create(Advice advice, EvaluationSpec spec, String what) {
        return evaluations.create(CreateEvaluationRequest.newBuilder()
                .setParent(parent(advice))
                .setSpec(spec)
                .setRequestId(requestId(advice, what))
                .build());
    }

    private static EvaluationSpec spec(Advice advice, List<Arm> arms) {
        TrainingConfig training = advice.getSpec().getTraining();
        return EvaluationSpec.newBuilder()
                .setDatasetVersion(advice.getDatasetVersion().getName())
                .setSplit(Split.TEST)
                .setBase(advice.getBase().getName())
                .setConfig(settings(advice, arms))
                .setRendering(training.getRendering())
                .addAllLeaveOut(training.getLeaveOutList())
                .setPrecision(training.getPrecision())
                .build();
    }

    static EvaluationConfig settings(Advice advice, List<Arm> arms) {
        return advice.getSpec().getEvaluation().toBuilder()
                .clearArms()
                .addAllArms(arms)
                .build();
    }

    static String parent(Advice advice) {
        return advice.getName().substring(0, advice.getName().indexOf("/advice/"));
    }

    /// Returns an id that always follows from the advice and a word.
    static String requestId(Advice advice, String what) {
        return UUID.nameUUIDFromBytes((advice.getName() + " " + what).getBytes(StandardCharsets.UTF_8))
                .toString()
                .toLowerCase(Locale.ROOT);
    }

    /// Stops what cancelled advice has begun.
    void stop(Advice advice) {
        trainings.stop(advice);
        for (String name : List.of(advice.getUntrainedEvaluation(), advice.getEvaluation())) {
            if (!name.isEmpty() && !evaluations.hasEnded(name)) {
                try {
                    evaluations.cancel(
                            CancelEvaluationRequest.newBuilder().setName(name).build());
                } catch (ApiException ended) {
                    if (ended.reason() != ErrorReason.ILLEGAL_STATE) {
                        throw ended;
                    }
                }
            }
        }
    }
}
