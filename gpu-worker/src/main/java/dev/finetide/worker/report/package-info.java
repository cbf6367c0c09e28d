/// Makes reports on the suitability of dataset versions: reads the rows of shards, runs the sections
/// one by one, and measures rows as a base reads them.
package dev.finetide.worker.report;
