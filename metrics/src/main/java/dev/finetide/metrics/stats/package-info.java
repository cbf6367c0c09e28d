/// The doubt of numbers: intervals, paired comparisons, corrections for several of them, and how
/// many rows would do.
package dev.finetide.metrics.stats;
