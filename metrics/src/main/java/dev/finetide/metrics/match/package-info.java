/// Metrics of answers that are right or wrong, as a whole or field by field.
package dev.finetide.metrics.match;
