/// Says whether rows are fit for fine-tuning, and for which other path if they are not. Each part of a report is a
/// [dev.finetide.suitability.Section], which reads the rows one by one and fills in its own message of the report.
package dev.finetide.suitability;
