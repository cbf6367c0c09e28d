package dev.finetide.cli.eval;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.client.Services;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceBlockingStub;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import dev.finetide.proto.work.v1.State;
import java.util.Iterator;
import java.util.Set;
import java.util.function.Consumer;

/// Reads the updates of an evaluation that has ended, answers and replies of its judge among them.
final class EvaluationUpdates implements ServiceClient.Resumable<EvaluationServiceBlockingStub, EvaluationUpdate> {
    private static final Set<State> ENDED = Set.of(State.SUCCEEDED, State.FAILED, State.CANCELLED);

    private final String evaluation;
    private final Consumer<EvaluationUpdate> reader;
    private long last;

    private EvaluationUpdates(String evaluation, Consumer<EvaluationUpdate> reader) {
        this.evaluation = evaluation;
        this.reader = reader;
    }

    /// Hands on every update in the order in which it came.
    ///
    /// @throws CommandFailedException REFUSED if the evaluation goes on
    static void read(Services services, Evaluation evaluation, Consumer<EvaluationUpdate> reader) {
        if (!hasEnded(evaluation)) {
            throw CommandFailedException.refused("evaluation " + Names.brief(evaluation.getName()) + " is "
                    + evaluation.getState() + ": its rows can be shown when it has ended");
        }
        services.evaluations().follow(new EvaluationUpdates(evaluation.getName(), reader));
    }

    static boolean hasEnded(Evaluation evaluation) {
        return ENDED.contains(evaluation.getState());
    }

    @Override
    public Iterator<EvaluationUpdate> open(EvaluationServiceBlockingStub stub) {
        return stub.watchEvaluation(WatchEvaluationRequest.newBuilder()
                .setName(evaluation)
                .setAfterSequence(last)
                .build());
    }

    @Override
    public boolean on(EvaluationUpdate update) {
        if (update.getSequence() > last) {
            last = update.getSequence();
            reader.accept(update);
        }
        return false;
    }

    /// The service ends the stream of an evaluation that has ended.
    @Override
    public boolean onEnd() {
        return true;
    }
}
