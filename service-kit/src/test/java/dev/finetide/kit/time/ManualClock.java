package dev.finetide.kit.time;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/// A clock that a test moves.
public final class ManualClock extends Clock {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Moment moment = new Moment(0);

    /// Lets time go by.
    public synchronized void advance(Duration by) {
        now = now.plus(by);
        moment = moment.plus(by);
    }

    /// Sets the clock, as a person or a time server does; no time goes by.
    public synchronized void step(Duration by) {
        now = now.plus(by);
    }

    public synchronized Moment moment() {
        return moment;
    }

    @Override
    public synchronized Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
