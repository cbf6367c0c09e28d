package dev.finetide.kit.attempt;

import dev.finetide.kit.event.Reception;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.kit.time.Moment;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// The reports that a service could receive, as a test decides: at first all, immediately.
public final class ManualReception implements Supplier<Optional<Reception>> {
    /// The times that workers of tests have.
    public static final WorkerWatch.Limits LIMITS =
            new WorkerWatch.Limits(Duration.ofMinutes(10), Duration.ofSeconds(30), Duration.ofMinutes(30));

    private final ManualClock clock;
    private Optional<Moment> brokerSince;
    private Optional<Moment> takenUpTo = Optional.empty();

    public ManualReception(ManualClock clock) {
        this.clock = clock;
        this.brokerSince = Optional.of(clock.moment());
    }

    /// Lets the broker go away.
    public void breakOff() {
        brokerSince = Optional.empty();
    }

    /// Lets the broker answer again.
    public void reconnect() {
        brokerSince = Optional.of(clock.moment());
    }

    /// Leaves all reports from now on untaken.
    public void stall() {
        takenUpTo = Optional.of(clock.moment());
    }

    /// Takes all reports.
    public void catchUp() {
        takenUpTo = Optional.empty();
    }

    @Override
    public Optional<Reception> get() {
        return brokerSince.map(since -> new Reception(since, takenUpTo.orElseGet(clock::moment)));
    }
}
