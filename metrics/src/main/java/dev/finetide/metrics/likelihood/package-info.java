/// Metrics of the probabilities that an arm gives to references.
package dev.finetide.metrics.likelihood;
