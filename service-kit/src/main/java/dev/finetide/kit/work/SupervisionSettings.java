package dev.finetide.kit.work;

import dev.finetide.kit.attempt.WorkerWatch;
import java.time.Duration;

/// The settings of a service that supervises work. Keys, units and defaults stand in its application.properties.
public interface SupervisionSettings {
    /// Returns the times that a worker has.
    default WorkerWatch.Limits limits() {
        return new WorkerWatch.Limits(startWithin(), lostAfter(), progressWithin());
    }

    Duration startWithin();

    Duration lostAfter();

    Duration progressWithin();

    Duration tickEvery();

    Duration stopGrace();
}
