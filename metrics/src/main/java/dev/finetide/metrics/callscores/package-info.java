/// Metrics of answers that are calls of functions.
package dev.finetide.metrics.callscores;
