/// The limits by which forecasts and comparisons choose a path: prompting, retrieval, training or another.
package dev.finetide.metrics.fitness;
