package dev.finetide.kit.metric;

import dev.finetide.kit.store.Database;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.StateChange;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Locale;

/// Measures what all kinds of supervised work have: changes of state, work by state, the age of the queue, and the
/// workers that hold a place. No label carries a resource.
///
/// Invariants: `finetide_{noun}s` summed over states is the number ever requested. Each piece of work adds one
/// transition with `from="NONE"` and at most one to an end state.
public final class WorkMeters {
    private static final String QUERY = """
            select case state when 'HELD' then 'QUEUED' when 'STARTING' then '%2$s' else state end as key,
                count(*)::float8 as value
            from %1$ss group by 1
            union all
            select 'queued', coalesce(greatest(extract(epoch from now() - min(heard_at)), 0), 0)::float8
            from %1$ss where state in ('QUEUED', 'HELD')
            union all
            select phase, count(*)::float8
            from (select case when state = 'CANCELLING' then 'stopping'
                              when last_sequence < 0 then 'starting' else 'running' end as phase
                  from %1$ss where state in ('STARTING', 'RUNNING', 'CANCELLING')) as held
            group by phase""";

    private final MeterProvider<Counter> transitions;

    /// @param noun     the work in names: `run` for the table `runs` and the metrics `finetide.runs` and
    ///     `finetide.run.*`
    /// @param plural   the work in a metric's description: "Training runs"
    /// @param starting the state that clients see from a launch to the worker's first report
    /// @param phases   the phases that workers of this work have, out of `starting`, `running` and `stopping`
    public WorkMeters(
            Database database, MeterRegistry meters, String noun, String plural, State starting, String... phases) {
        this.transitions = Counter.builder("finetide." + noun + ".transitions")
                .description("Changes of state of " + plural.toLowerCase(Locale.ROOT))
                .withRegistry(meters);
        new QueryGauges(database, meters, QUERY.formatted(noun, starting.name()))
                .gauge(
                        "finetide." + noun + ".queue.oldest.age",
                        "How long the first in the queue waits",
                        "seconds",
                        "queued")
                .states("finetide." + noun + "s", plural, State.getDescriptor())
                .pods(phases);
    }

    /// Counts the last change of a history.
    ///
    /// @param reason reason of the change, as a label: a constant word
    public void count(List<StateChange> history, String reason) {
        String from = history.size() < 2
                ? "NONE"
                : history.get(history.size() - 2).getState().name();
        String to = history.getLast().getState().name();
        transitions.withTags("from", from, "to", to, "reason", reason).increment();
    }
}
