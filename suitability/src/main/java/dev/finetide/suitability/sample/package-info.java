/// Rows that a report measures with, where a measure needs no more of them, and what is shared by measures of rows.
package dev.finetide.suitability.sample;
