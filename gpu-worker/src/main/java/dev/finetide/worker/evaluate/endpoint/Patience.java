package dev.finetide.worker.evaluate.endpoint;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/// The limits of the tries of one request, and of the pauses between them.
///
/// @param tries number of tries of one request, 1 or more
/// @param first pause after the first try, which doubles with every further one
/// @param longest longest pause of our own choice
/// @param longestAsked longest pause that the endpoint may ask for
/// @param inAll time after which a request is not tried again
public record Patience(int tries, Duration first, Duration longest, Duration longestAsked, Duration inAll) {
    /// Tries for some minutes, as long as most rate limits last, and for less time than that after which a
    /// worker without progress counts as lost.
    public static final Patience USUAL = new Patience(
            8, Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ofMinutes(5), Duration.ofMinutes(15));

    /// Returns the pause after a try: between half and the whole of the doubled one, so that requests
    /// that failed together do not come again together.
    Duration after(int attempt) {
        long doubled = first.toMillis() << Math.min(attempt - 1, 20);
        long pause = Math.min(Math.max(1, doubled), longest.toMillis());
        return Duration.ofMillis(pause - ThreadLocalRandom.current().nextLong(pause / 2 + 1));
    }
}
