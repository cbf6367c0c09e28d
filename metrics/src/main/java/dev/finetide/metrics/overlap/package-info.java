/// Metrics that count what an answer and its reference have in common.
package dev.finetide.metrics.overlap;
