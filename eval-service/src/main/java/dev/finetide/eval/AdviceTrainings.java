package dev.finetide.eval;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdvicePhase;
import dev.finetide.proto.evaluation.v1.AdviceRun;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Makes the trainings of advice: a dry run of each method, and the training of those that fit the budget. A run with
/// the same settings that has succeeded before is used instead of a new one.
final class AdviceTrainings {
    private final TrainingRuns runs;
    private final Evaluations evaluations;

    AdviceTrainings(TrainingRuns runs, Evaluations evaluations) {
        this.runs = runs;
        this.evaluations = evaluations;
    }

    /// Takes the first method without an estimate a step further; after the last one the budget decides.
    Advice estimate(Advice advice) {
        for (int i = 0; i < advice.getRunsCount(); i++) {
            AdviceRun run = advice.getRuns(i);
            if (!run.hasEstimate() && run.getLeftOut().isEmpty()) {
                return advice.toBuilder()
                        .setRuns(i, estimated(advice, run))
                        .setDoing("a dry run says what %s would take".formatted(word(run)))
                        .build();
            }
        }
        return withinBudget(advice).setPhase(AdvicePhase.TRAINING).build();
    }

    private AdviceRun estimated(Advice advice, AdviceRun run) {
        if (run.getDryRun().isEmpty()) {
            return created(
                    run, config(advice, run).setDryRun(true), advice, "dry " + id(run), AdviceRun.Builder::setDryRun);
        }
        TrainingRun dry = runs.get(run.getDryRun());
        return switch (dry.getState()) {
            case SUCCEEDED -> {
                AdviceRun.Builder estimated = run.toBuilder().setEstimate(dry.getEstimate());
                equalRun(advice, dry)
                        .ifPresent(equal -> estimated
                                .setTrainingRun(equal.getName())
                                .setModelVersion(equal.getModelVersion())
                                .setReused(true));
                yield estimated.build();
            }
            case FAILED -> leftOut(run, "its dry run failed: " + dry.getError().getMessage());
            case CANCELLED -> leftOut(run, "its dry run was cancelled");
            default -> run;
        };
    }

    /// Finds a run that has succeeded with the settings that the dry run shows in full.
    private Optional<TrainingRun> equalRun(Advice advice, TrainingRun dry) {
        TrainingConfig wanted = deciding(dry.getConfig());
        return runs.recent(AdviceSteps.parent(advice)).stream()
                .filter(run -> run.getState() == State.SUCCEEDED
                        && !run.getModelVersion().isEmpty()
                        && !run.getConfig().getDryRun()
                        && run.getBase().getDigest().equals(dry.getBase().getDigest())
                        && deciding(run.getConfig()).equals(wanted))
                .findFirst();
    }

    /// Returns the settings without those that do not change the result.
    private static TrainingConfig deciding(TrainingConfig config) {
        return config.toBuilder()
                .clearBase()
                .clearModel()
                .clearEvaluation()
                .clearDryRun()
                .clearPriority()
                .clearMaxAttempts()
                .clearSaveTotalLimit()
                .clearCheckpointEverySteps()
                .build();
    }

    /// Leaves out what does not fit the budget: methods are taken in their order while the sum of their estimates does.
    private static Advice.Builder withinBudget(Advice advice) {
        Advice.Builder decided = advice.toBuilder().setDoing("training");
        double budget = advice.getSpec().getBudgetSeconds();
        double spent = 0;
        for (AdviceRun.Builder run : decided.getRunsBuilderList()) {
            if (budget == 0 || run.getReused() || !run.getLeftOut().isEmpty()) {
                continue;
            }
            double seconds = run.getEstimate().getSeconds();
            if (spent + seconds > budget) {
                run.setLeftOut(String.format(
                        Locale.ROOT,
                        "it would take %.0f s, and %.0f of %.0f s are left of the budget",
                        seconds,
                        budget - spent,
                        budget));
            } else {
                spent += seconds;
            }
        }
        return decided;
    }

    /// Takes the first training that has not ended a step further.
    ///
    /// @param untrained the evaluation of the untrained arms, whose answers the run's evaluation reuses
    Advice train(Advice advice, Evaluation untrained) {
        for (int i = 0; i < advice.getRunsCount(); i++) {
            AdviceRun run = advice.getRuns(i);
            if (run.getLeftOut().isEmpty() && !run.getReused() && !isEvaluated(run)) {
                return trained(advice, i, untrained);
            }
        }
        return advice.toBuilder()
                .setPhase(AdvicePhase.COMPARING)
                .setDoing("all arms are compared")
                .build();
    }

    private boolean isEvaluated(AdviceRun run) {
        return !run.getModelVersion().isEmpty()
                && evaluations
                        .ofRun(run.getTrainingRun())
                        .filter(evaluation -> evaluation.getState() == State.SUCCEEDED
                                || evaluation.getState() == State.FAILED
                                || evaluation.getState() == State.CANCELLED)
                        .isPresent();
    }

    private Advice trained(Advice advice, int i, Evaluation untrained) {
        AdviceRun run = advice.getRuns(i);
        if (run.getTrainingRun().isEmpty()) {
            TrainingConfig.Builder config = config(advice, run);
            config.setEvaluation(AdviceSteps.settings(advice, AdviceArms.withTuned(advice, run, untrained)).toBuilder()
                    .setReuseAnswers(true)
                    .setMaxNewTokens(untrained.getRows().getMaxNewTokens()));
            return advice.toBuilder()
                    .setRuns(i, created(run, config, advice, "run " + id(run), AdviceRun.Builder::setTrainingRun))
                    .setDoing(word(run) + " is trained")
                    .build();
        }
        TrainingRun seen = runs.get(run.getTrainingRun());
        AdviceRun next = switch (seen.getState()) {
            case SUCCEEDED ->
                run.toBuilder().setModelVersion(seen.getModelVersion()).build();
            case FAILED ->
                leftOut(run, "its training failed: " + seen.getError().getMessage());
            case CANCELLED -> leftOut(run, "its training was cancelled");
            default -> run;
        };
        return advice.toBuilder().setRuns(i, next).setDoing(doing(run, seen)).build();
    }

    private String doing(AdviceRun run, TrainingRun seen) {
        if (seen.getState() == State.SUCCEEDED) {
            return evaluations
                    .ofRun(seen.getName())
                    .map(evaluation -> "%s is evaluated: %d of %d answers"
                            .formatted(word(run), evaluation.getResults(), evaluation.getTotalResults()))
                    .orElse(word(run) + " is trained");
        }
        return seen.getProgress().getTotalSteps() == 0
                ? word(run) + " waits for its training"
                : String.format(
                        Locale.ROOT,
                        "%s is trained: step %d of %d, loss %.3f",
                        word(run),
                        seen.getProgress().getStep(),
                        seen.getProgress().getTotalSteps(),
                        seen.getProgress().getLoss());
    }

    private interface Named {
        AdviceRun.Builder set(AdviceRun.Builder run, String name);
    }

    /// Creates a run. Settings that training-service refuses leave the method out, with the refusal.
    ///
    /// @throws ApiException DEPENDENCY_UNAVAILABLE, QUOTA_EXCEEDED: the same call may succeed later
    private AdviceRun created(AdviceRun run, TrainingConfig.Builder config, Advice advice, String what, Named field) {
        try {
            TrainingRun made = runs.create(CreateTrainingRunRequest.newBuilder()
                    .setParent(AdviceSteps.parent(advice))
                    .setConfig(config)
                    .setRequestId(AdviceSteps.requestId(advice, what))
                    .setSubmitter(advice.getSubmitter())
                    .build());
            return field.set(run.toBuilder(), made.getName()).build();
        } catch (ApiException refused) {
            if (refused.reason() == ErrorReason.DEPENDENCY_UNAVAILABLE
                    || refused.reason() == ErrorReason.QUOTA_EXCEEDED) {
                throw refused;
            }
            return leftOut(run, "its settings are refused: " + refused.getMessage());
        }
    }

    private static TrainingConfig.Builder config(Advice advice, AdviceRun run) {
        TrainingConfig.Builder config = advice.getSpec().getTraining().toBuilder()
                .setDatasetVersion(advice.getDatasetVersion().getName())
                .setBase(advice.getBase().getName())
                .setMethod(run.getMethod());
        return run.hasPassages() ? config.setPassages(run.getPassages()) : config;
    }

    /// Returns a word that no other training of the advice has.
    private static String id(AdviceRun run) {
        return run.getMethod() + (run.hasPassages() ? " with passages" : "");
    }

    private static AdviceRun leftOut(AdviceRun run, String why) {
        return run.toBuilder().setLeftOut(why).build();
    }

    private static String word(AdviceRun run) {
        return (run.getMethod() == Method.FULL ? "full fine-tuning" : "LoRA")
                + (run.hasPassages() ? " with passages" : "");
    }

    /// Cancels the runs of this advice that go on.
    void stop(Advice advice) {
        for (AdviceRun run : advice.getRunsList()) {
            if (!run.getReused()) {
                List.of(run.getDryRun(), run.getTrainingRun()).stream()
                        .filter(name -> !name.isEmpty())
                        .forEach(runs::cancel);
            }
        }
    }
}
