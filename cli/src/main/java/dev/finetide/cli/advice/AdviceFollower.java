package dev.finetide.cli.advice;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.GoesOnException;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.Formats;
import dev.finetide.embedded.Stopwatch;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdvicePhase;
import dev.finetide.proto.evaluation.v1.GetAdviceRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// Follows advice to its end, also across restarts of its service, and says what happens.
final class AdviceFollower {
    private static final long POLL_MS = 1000;

    /// Time between two lines of the same phase.
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Services services;
    private final Consumer<String> progress;
    private final Stopwatch started = Stopwatch.start();
    private Optional<Stopwatch> saidAt = Optional.empty();
    private AdvicePhase phase = AdvicePhase.ADVICE_PHASE_UNSPECIFIED;
    private String said = "";

    /// @param progress receives a line for each phase, and for what is done in it
    AdviceFollower(Services services, Consumer<String> progress) {
        this.services = services;
        this.progress = progress;
    }

    /// @param name resource name of the advice
    Advice follow(String name) {
        GetAdviceRequest request = GetAdviceRequest.newBuilder().setName(name).build();
        while (true) {
            Advice advice = asked(request);
            switch (advice.getState()) {
                case SUCCEEDED, FAILED, CANCELLED -> {
                    return advice;
                }
                case QUEUED, STARTING, RUNNING, CANCELLING, STATE_UNSPECIFIED, UNRECOGNIZED -> say(advice);
            }
            pause();
        }
    }

    private Advice asked(GetAdviceRequest request) {
        try {
            return services.advice().callPatiently(stub -> stub.getAdvice(request));
        } catch (CommandFailedException failure) {
            throw failure.exitCode() == ExitCode.UNREACHABLE
                    ? new GoesOnException(
                            "advice " + Names.brief(request.getName())
                                    + " goes on, if need be when its services run again; follow it with: finetide advice"
                                    + " watch " + Names.typed(request.getName()),
                            failure)
                    : failure;
        }
    }

    private void say(Advice advice) {
        boolean newPhase = advice.getPhase() != phase;
        boolean due = saidAt.filter(watch -> !watch.hasPassed(PAUSE)).isEmpty();
        String doing = AdvicePage.word(advice.getPhase().name())
                + (advice.getDoing().isEmpty() ? "" : ": " + advice.getDoing());
        if (newPhase || due && !doing.equals(said)) {
            phase = advice.getPhase();
            said = doing;
            saidAt = Optional.of(Stopwatch.start());
            progress.accept("[" + Formats.duration(started.elapsed()) + "] " + doing);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailedException.failed("interrupted");
        }
    }
}
