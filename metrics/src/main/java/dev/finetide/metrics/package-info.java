/// The scores of answers: tasks, rules that cut an answer out of a reply, metrics, and in the
/// package `stats` how sure a score is. A worker measures each row with
/// [dev.finetide.metrics.Metrics#measure]; whoever reads the rows sums them up with
/// [dev.finetide.metrics.Aggregate] and [dev.finetide.metrics.stats.Sample].
package dev.finetide.metrics;
