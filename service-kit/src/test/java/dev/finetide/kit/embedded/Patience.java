package dev.finetide.kit.embedded;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/// Waits for what becomes true sooner or later. Awaitility gives up after ten seconds by itself, which a busy machine
/// may need; a longer limit costs nothing where the condition comes true.
public final class Patience {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private Patience() {}

    public static ConditionFactory await() {
        return Awaitility.await().atMost(LIMIT);
    }

    /// @param what is awaited, for the message of a wait that was in vain
    public static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(LIMIT);
    }
}
