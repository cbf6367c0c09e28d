package dev.finetide.kit.event;

import dev.finetide.kit.time.Moment;

/// The reports of workers that this service could receive until now.
///
/// @param reachableSince moment since which the broker has answered without a break
/// @param takenUpTo      moment up to which nothing is missing: the service's consumers have handled every report that
///     the broker had then, whichever replica they run in
public record Reception(Moment reachableSince, Moment takenUpTo) {}
