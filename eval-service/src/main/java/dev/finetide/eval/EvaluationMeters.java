package dev.finetide.eval;

import dev.finetide.kit.metric.QueryGauges;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.work.v1.State;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Consumer;

/// The numbers of evaluations, counted from the updates that clients see. No label carries an evaluation.
///
/// Invariants: `finetide_evaluations` summed over states is the number of evaluations ever requested; rows of an
/// attempt that was lost count again when the next one answers them, because they were computed again.
/// Alerts: `FinetideEvaluationsFailing`, `FinetideQueueStuck`.
final class EvaluationMeters implements Consumer<EvaluationUpdate> {
    private static final String QUERY = """
            select case state when 'HELD' then 'QUEUED' else state end as key, count(*)::float8 as value
            from evaluations group by 1
            union all
            select 'queued', coalesce(greatest(extract(epoch from now() - min(heard_at)), 0), 0)::float8
            from evaluations where state in ('QUEUED', 'HELD')
            union all
            select case when last_sequence < 0 then 'starting' else 'running' end, count(*)::float8
            from evaluations where state = 'RUNNING' group by 1""";

    private final MeterProvider<Counter> transitions;
    private final MeterProvider<Counter> rows;

    EvaluationMeters(Database database, MeterRegistry meters) {
        this.transitions = Counter.builder("finetide.evaluation.transitions")
                .description("Changes of state of evaluations")
                .withRegistry(meters);
        this.rows = Counter.builder("finetide.evaluation.rows")
                .description("Held-out rows answered")
                .withRegistry(meters);
        new QueryGauges(database, meters, QUERY)
                .gauge(
                        "finetide.evaluation.queue.oldest.age",
                        "How long the first in the queue waits",
                        "seconds",
                        "queued")
                .states("finetide.evaluations", "Evaluations", State.getDescriptor())
                .pods("starting", "running");
    }

    @Override
    public void accept(EvaluationUpdate update) {
        switch (update.getUpdateCase()) {
            case EVALUATION -> changed(update.getEvaluation());
            case RESULT ->
                rows.withTag("variant", update.getResult().getVariant().name()).increment();
            case UPDATE_NOT_SET -> {}
        }
    }

    private void changed(Evaluation evaluation) {
        int changes = evaluation.getHistoryCount();
        String from = changes < 2
                ? "NONE"
                : evaluation.getHistory(changes - 2).getState().name();
        String actor = evaluation.getHistory(changes - 1).getActor();
        transitions
                .withTags("from", from, "to", evaluation.getState().name(), "reason", actor)
                .increment();
    }
}
