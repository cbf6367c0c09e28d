package dev.finetide.cli.run;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.GoesOnException;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.eval.RunEvaluations;
import dev.finetide.embedded.Stopwatch;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceBlockingStub;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import dev.finetide.proto.model.v1.ListModelVersionsRequest;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import dev.finetide.proto.work.v1.State;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Follows a run to its end, then its evaluation, then its model version until the decision. When a service
/// restarts, a watch continues after its last sequence number, so that the listener gets every update exactly once.
public final class RunFollower {
    /// Time that the next service may take to learn that the service before it has finished.
    private static final Duration HANDOVER = Duration.ofMinutes(2);

    private static final long POLL_MS = 200;

    private final Services services;
    private final RunListener listener;

    public RunFollower(Services services, RunListener listener) {
        this.services = services;
        this.listener = listener;
    }

    /// Follows a run, its evaluation and its model version.
    ///
    /// @param run resource name of the run
    public RunOutcome follow(String run) {
        return sayingThat(runGoesOn(run), () -> followToTheDecision(run));
    }

    private RunOutcome followToTheDecision(String run) {
        TrainingRun ended = followRun(run);
        if (ended.getState() != State.SUCCEEDED || ended.getConfig().getDryRun()) {
            return new RunOutcome(ended, Optional.empty(), Optional.empty());
        }
        Evaluation evaluation = followEvaluation(awaitEvaluationOf(run).getName());
        return new RunOutcome(ended, Optional.of(evaluation), Optional.of(awaitDecision(run)));
    }

    /// Follows only the run.
    public TrainingRun followRun(String name) {
        return sayingThat(runGoesOn(name), () -> {
            RunWatch watch = new RunWatch(name);
            services.runs().follow(watch);
            return watch.ended;
        });
    }

    private static String runGoesOn(String run) {
        return goesOn("run", run, "finetide run watch " + Names.typed(run));
    }

    private static String goesOn(String what, String name, String command) {
        return what + " " + Names.brief(name) + " goes on, if need be when its services run again; follow it with: "
                + command;
    }

    /// Runs a client's waiting. When the waiting fails, and not the work that it waits for, the failure says so.
    private static <T> T sayingThat(String goesOn, Supplier<T> waiting) {
        try {
            return waiting.get();
        } catch (CommandFailedException failure) {
            throw failure.exitCode() == ExitCode.UNREACHABLE ? new GoesOnException(goesOn, failure) : failure;
        } catch (StatusRuntimeException failure) {
            throw switch (failure.getStatus().getCode()) {
                case NOT_FOUND, INVALID_ARGUMENT -> failure;
                default -> new GoesOnException(goesOn, failure);
            };
        }
    }

    /// Waits until the evaluation of a run exists.
    public Evaluation awaitEvaluationOf(String run) {
        RunEvaluations evaluations = new RunEvaluations(services);
        return sayingThat(
                runGoesOn(run),
                () -> awaitPresent("the evaluation of " + Names.brief(run), () -> evaluations.ofRun(run)));
    }

    /// Follows only the evaluation.
    public Evaluation followEvaluation(String name) {
        String command = "finetide eval watch " + Names.typed(name);
        return sayingThat(goesOn("evaluation", name, command), () -> {
            EvaluationWatch watch = new EvaluationWatch(name);
            services.evaluations().follow(watch);
            return watch.ended;
        });
    }

    private ModelVersion awaitDecision(String run) {
        ModelVersion.State[] seen = {ModelVersion.State.STATE_UNSPECIFIED};
        return awaitPresent("the decision about the model version of " + run, () -> {
            Optional<ModelVersion> version = modelVersionOf(run);
            version.filter(now -> now.getState() != seen[0]).ifPresent(now -> {
                seen[0] = now.getState();
                listener.onModelVersion(now);
            });
            return version.filter(RunFollower::isDecided);
        });
    }

    private Optional<ModelVersion> modelVersionOf(String run) {
        String project = run.substring(0, run.indexOf("/trainingRuns/"));
        ListModelVersionsRequest request = ListModelVersionsRequest.newBuilder()
                .setParent(project + "/models/-")
                .setTrainingRun(run)
                .build();
        List<ModelVersion> versions = services.models()
                .callPatiently(stub -> stub.listModelVersions(request))
                .getModelVersionsList();
        return versions.stream().findFirst();
    }

    private static boolean isDecided(ModelVersion version) {
        return switch (version.getState()) {
            case APPROVED, REJECTED, REVOKED, DELETED -> true;
            // A version with reasons is held: a reviewer will decide, at an unknown time.
            case PENDING_APPROVAL -> !version.getReasonsList().isEmpty();
            case REGISTERED, EVALUATING, STATE_UNSPECIFIED, UNRECOGNIZED -> false;
        };
    }

    private static <T> T awaitPresent(String what, Supplier<Optional<T>> look) {
        Stopwatch waited = Stopwatch.start();
        while (true) {
            Optional<T> found = look.get();
            if (found.isPresent()) {
                return found.get();
            }
            if (waited.hasPassed(HANDOVER)) {
                throw CommandFailedException.failed(what + " did not come within " + HANDOVER.toSeconds()
                        + " s; it may still come: see finetide run list, finetide model list");
            }
            try {
                Thread.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw CommandFailedException.failed("interrupted");
            }
        }
    }

    private final class RunWatch implements ServiceClient.Resumable<TrainingRunServiceBlockingStub, TrainingRunUpdate> {
        private final String name;
        private long last;
        private TrainingRun ended;

        RunWatch(String name) {
            this.name = name;
        }

        @Override
        public Iterator<TrainingRunUpdate> open(TrainingRunServiceBlockingStub stub) {
            return stub.watchTrainingRun(WatchTrainingRunRequest.newBuilder()
                    .setName(name)
                    .setAfterSequence(last)
                    .build());
        }

        @Override
        public boolean on(TrainingRunUpdate update) {
            if (update.getSequence() <= last) {
                return false;
            }
            last = update.getSequence();
            listener.onRun(update);
            if (!update.hasTrainingRun()) {
                return false;
            }
            ended = update.getTrainingRun();
            return switch (ended.getState()) {
                case SUCCEEDED, FAILED, CANCELLED -> true;
                case QUEUED, STARTING, RUNNING, CANCELLING, STATE_UNSPECIFIED, UNRECOGNIZED -> false;
            };
        }
    }

    private final class EvaluationWatch
            implements ServiceClient.Resumable<EvaluationServiceBlockingStub, EvaluationUpdate> {
        private final String name;
        private long last;
        private Evaluation ended;

        EvaluationWatch(String name) {
            this.name = name;
        }

        @Override
        public Iterator<EvaluationUpdate> open(EvaluationServiceBlockingStub stub) {
            return stub.watchEvaluation(WatchEvaluationRequest.newBuilder()
                    .setName(name)
                    .setAfterSequence(last)
                    .build());
        }

        @Override
        public boolean on(EvaluationUpdate update) {
            if (update.getSequence() <= last) {
                return false;
            }
            last = update.getSequence();
            listener.onEvaluation(update);
            if (!update.hasEvaluation()) {
                return false;
            }
            ended = update.getEvaluation();
            return switch (ended.getState()) {
                case SUCCEEDED, FAILED, CANCELLED -> true;
                case QUEUED, STARTING, RUNNING, CANCELLING, STATE_UNSPECIFIED, UNRECOGNIZED -> false;
            };
        }
    }
}
