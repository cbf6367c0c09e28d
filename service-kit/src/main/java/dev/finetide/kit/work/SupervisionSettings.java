package dev.finetide.kit.work;

import java.time.Duration;

/// The settings of a service that supervises work. Keys, units and defaults stand in its application.properties.
public interface SupervisionSettings {
    Duration startWithin();

    Duration lostAfter();

    Duration tickEvery();

    Duration stopGrace();
}
